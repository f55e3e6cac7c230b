import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

const SCRIPT = fileURLToPath(new URL('./clients/docker_py.py', import.meta.url));

/** Debian's python3-docker, unmodified: with Debian's own interpreter, whichever else comes first in the path. */
describe.each(ENGINE_MODES)('docker-py as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });

  useEngine(engine);

  it('does with the engine what programs do with it', () => {
    const { status, stdout, stderr } = spawnSync('/usr/bin/python3', [SCRIPT, TEST_IMAGE], {
      env: { PATH: process.env['PATH'], HOME: engine.directory, DOCKER_HOST: engine.host },
      timeout: 120_000,
      killSignal: 'SIGKILL',
    });
    expect({ status, stderr: stderr.toString() }, stdout.toString()).toEqual({ status: 0, stderr: '' });
    expect(stdout.toString().match(/^passed: /gm)).toHaveLength(8);
  });
});
