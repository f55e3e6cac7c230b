import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { clientPackages } from '../fixtures/client-packages.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

const packages = clientPackages();
const scriptOf = (name: string): string => fileURLToPath(new URL(`./clients/${name}`, import.meta.url));

const WITHOUT = packages === null ? ' (skipped: their packages could not be had)' : '';

/** Clients from npm, unmodified: dockerode, testcontainers and the Dev Containers CLI. */
describe.skipIf(packages === null).each(ENGINE_MODES)(`clients from npm as %s${WITHOUT}`, (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  const node = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      env: {
        PATH: process.env['PATH'],
        HOME: engine.directory,
        DOCKER_HOST: engine.host,
        // Its reaper is an image of Docker Hub, which is out of reach here.
        TESTCONTAINERS_RYUK_DISABLED: 'true',
        // Where these tests run in a container themselves, it would look for ports at a bridge's address on the host.
        TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1',
      },
      timeout: 120_000,
      killSignal: 'SIGKILL',
    });
    expect(status, `${stdout.toString()}\n${stderr.toString()}`).toBe(0);
    return stdout.toString();
  };

  useEngine(engine);

  it('serves dockerode', () => {
    expect(node(scriptOf('dockerode.mjs'), packages ?? '', TEST_IMAGE).match(/^passed: /gm)).toHaveLength(7);
  });

  it('serves testcontainers', () => {
    expect(node(scriptOf('testcontainers.mjs'), packages ?? '', TEST_IMAGE).match(/^passed: /gm)).toHaveLength(4);
  });

  it('serves the Dev Containers CLI', () => {
    const workspace = `${engine.directory}/workspace`;
    mkdirSync(`${workspace}/.devcontainer`, { recursive: true });
    writeFileSync(`${workspace}/file`, 'of the workspace\n');
    const config = {
      image: TEST_IMAGE,
      name: 'test',
      containerEnv: { INSIDE: 'yes' },
      remoteUser: 'root',
      postCreateCommand: 'echo created > /tmp/created',
      updateRemoteUserUID: false,
    };
    writeFileSync(`${workspace}/.devcontainer/devcontainer.json`, JSON.stringify(config));
    const devcontainer = (...args: string[]): string =>
      node(
        `${packages ?? ''}/node_modules/@devcontainers/cli/devcontainer.js`,
        ...args,
        '--workspace-folder',
        workspace,
      );
    const up = devcontainer('up');
    const { outcome, containerId } = JSON.parse(up.trim().split('\n').at(-1) ?? '') as Record<string, string>;
    expect(outcome).toBe('success');
    const exec = (script: string): string => {
      const words = ['exec', '--workspace-folder', workspace, 'sh', '-c', script];
      return node(`${packages ?? ''}/node_modules/@devcontainers/cli/devcontainer.js`, ...words);
    };
    expect(exec('cat file; echo $INSIDE; cat /tmp/created')).toBe('of the workspace\nyes\ncreated\n');
    // The second time it finds the container that is there.
    expect(devcontainer('up')).toContain(containerId);
    engine.dockerOk(['rm', '-f', containerId ?? '']);
  });
});
