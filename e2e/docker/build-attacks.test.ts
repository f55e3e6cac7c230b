import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dockerBuild, type ContextFiles } from '../fixtures/build-context.ts';
import { ENGINE_MODES, EngineProcess, type CommandResult } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { freePort } from '../fixtures/registry.ts';
import { loadTestImage, rootFilesystemTar, TEST_IMAGE } from '../fixtures/test-image.ts';

/** What Dockerfiles, their sources and the images they start from have tried against builders. */
describe.each(ENGINE_MODES)('attacks on builds as %s', (mode) => {
  const engine = new EngineProcess(mode);
  let before: Traces;
  /** A directory of the host that no build was given. */
  let host: string;

  beforeAll(async () => {
    host = mkdtempSync('/tmp/berth-host-');
    chmodSync(host, 0o777);
    writeFileSync(`${host}/marker`, 'of the host');
    mkdirSync(`${host}/stub`);
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    before = traces(engine);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    const inHost = readdirSync(host).sort();
    rmSync(host, { recursive: true });
    expect(left).toEqual({});
    expect(inHost).toEqual(['marker', 'stub']);
  });

  const build = (lines: readonly string[], files: ContextFiles = {}, ...flags: string[]): Promise<CommandResult> =>
    dockerBuild(engine, { ...files, Dockerfile: `${lines.join('\n')}\n` }, flags);
  const said = ({ stdout, stderr }: CommandResult): string => stdout + stderr;

  it('CVE-2024-23651: keeps the source of a cache mount inside the cache, whatever links a RUN has put there', async () => {
    const result = await build([
      `FROM ${TEST_IMAGE}`,
      `RUN --mount=type=cache,id=links,target=/cache ln -sfn ${host} /cache/link && ln -sfn ../../../../../../../../${host} /cache/dots`,
      'RUN --mount=type=cache,id=links,source=link,target=/stolen cat /stolen/marker || echo first is empty',
      'RUN --mount=type=cache,id=links,source=dots,target=/stolen cat /stolen/marker || echo second is empty',
    ]);
    expect(said(result)).not.toContain('of the host');
  });

  it('CVE-2024-1753: resolves the source of a bind from a stage inside that stage', async () => {
    const result = await build([
      `FROM ${TEST_IMAGE} AS links`,
      `RUN ln -s / /root-of-all && ln -s ${host} /away`,
      `FROM ${TEST_IMAGE}`,
      `RUN --mount=type=bind,from=links,source=/root-of-all,target=/seen cat /seen${host}/marker || echo nothing`,
      'RUN --mount=type=bind,from=links,source=/away,target=/seen cat /seen/marker || echo nothing',
    ]);
    expect(said(result)).not.toContain('of the host');
  });

  it('CVE-2024-23652: removes no directory of the host for a mount point that a RUN has led elsewhere', async () => {
    const result = await build([
      `FROM ${TEST_IMAGE}`,
      `RUN --mount=type=tmpfs,target=/made/stub mv /made /moved; ln -s ${host} /made; true`,
      `RUN --mount=type=cache,target=/other/stub mv /other /gone; ln -s ${host} /other; true`,
      'RUN echo done',
    ]);
    expect(said(result)).toContain('done');
    expect(existsSync(`${host}/stub`)).toBe(true);
  });

  it('CVE-2024-23653: gives no RUN privileges that nobody has allowed', async () => {
    const result = await build([
      `FROM ${TEST_IMAGE}`,
      'RUN --security=insecure mount -t tmpfs none /mnt; grep CapEff /proc/self/status',
    ]);
    expect(said(result)).toContain('security.insecure is not allowed');
    expect(said(result)).not.toContain('CapEff:');
    expect(result.code).not.toBe(0);
    const onHost = await build([`FROM ${TEST_IMAGE}`, 'RUN --network=host echo done']);
    expect(said(onHost)).toContain('network.host is not allowed');
    expect(onHost.code).not.toBe(0);
  });

  it('CVE-2024-23650: answers requests that make no sense with errors, and goes on', async () => {
    const queries = [
      'buildargs={',
      'buildargs=[1]',
      'labels=7',
      'cachefrom=%7B%7D',
      'ulimits=%5B%7B%7D%5D',
      'version=3',
      'dockerfile=../../etc/passwd',
      'target=%00',
      'platform=a/b/c/d/e',
      'outputs=%5B',
      'memory=-1e99',
      'remote=-c',
      'extrahosts=:',
    ];
    for (const query of queries) {
      const { status } = await engine.api('POST', `/v1.45/build?${query}`, 'no tar at all');
      // The stream of a build that fails may have begun.
      expect([query, [200, 400, 404, 500, 501].includes(status)]).toEqual([query, true]);
    }
    expect((await engine.api('GET', '/_ping')).body).toBe('OK');
    expect(engine.dockerOk(['run', '--rm', TEST_IMAGE, 'echo', 'goes on'])).toBe('goes on');
  });

  it('CVE-2024-24557: takes no image for a cached step that no build of ours has made', async () => {
    engine.dockerOk(['run', '--name', 'poison', TEST_IMAGE, 'sh', '-c', 'echo poisoned > /step']);
    engine.dockerOk([
      'commit',
      '--change',
      'CMD ["/bin/sh", "-c", "echo good > /step"]',
      '-m',
      'RUN echo good > /step',
      'poison',
      'poisoned',
    ]);
    engine.dockerOk(['rm', 'poison']);
    const result = await build(
      [`FROM ${TEST_IMAGE}`, 'RUN echo good > /step'],
      {},
      '-t',
      'step',
      '--cache-from',
      'poisoned',
    );
    expect(said(result)).not.toContain('Using cache');
    expect(engine.dockerOk(['run', '--rm', 'step', 'cat', '/step'])).toBe('good');
    engine.dockerOk(['rmi', 'step', 'poisoned']);
  });

  it('CVE-2021-20291: loads images that have the same layer many times, many at once', async () => {
    const layer = await rootFilesystemTar();
    const digest = createHash('sha256').update(layer).digest('hex');
    const archiveOf = async (index: number): Promise<Buffer> => {
      const config = JSON.stringify({
        ...{ architecture: 'amd64', os: 'linux', config: { Cmd: ['sh'], Env: [`INDEX=${index}`, 'PATH=/bin'] } },
        rootfs: { type: 'layers', diff_ids: Array.from({ length: 20 }, () => `sha256:${digest}`) },
      });
      const manifest = JSON.stringify([
        {
          Config: 'config.json',
          RepoTags: [`test/same:${index}`],
          Layers: Array.from({ length: 20 }, () => 'layer.tar'),
        },
      ]);
      const archive = pack();
      archive.entry({ name: 'layer.tar' }, layer);
      archive.entry({ name: 'config.json' }, config);
      archive.entry({ name: 'manifest.json' }, manifest);
      archive.finalize();
      const chunks: Buffer[] = [];
      for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    const statuses = await Promise.all(
      [1, 2, 3, 4].map(async (index) => await postBytes(engine.socket, '/images/load', await archiveOf(index))),
    );
    expect(statuses).toEqual([200, 200, 200, 200]);
    const tags = [1, 2, 3, 4].map((index) => `test/same:${index}`);
    for (const tag of tags) expect(engine.dockerOk(['run', '--rm', tag, 'echo', 'runs'])).toBe('runs');
    engine.dockerOk(['rmi', ...tags]);
  });

  describe('by repositories of git', () => {
    let directory: string;
    let daemon: ChildProcess;
    let port: number;

    beforeAll(async () => {
      directory = mkdtempSync('/tmp/berth-git-');
      const work = `${directory}/work`;
      const git = (...args: string[]): void => void execFileSync('git', ['-C', work, ...args], { stdio: 'pipe' });
      mkdirSync(`${work}/real`, { recursive: true });
      writeFileSync(`${work}/real/file`, 'of the repository');
      symlinkSync(host, `${work}/link`);
      symlinkSync('../../../../../../../..', `${work}/dots`);
      git('init', '--quiet', '--initial-branch', 'main');
      git('add', '-A');
      git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', 'all');
      execFileSync('git', ['clone', '--quiet', '--bare', work, `${directory}/served.git`], { stdio: 'pipe' });
      execFileSync('chmod', ['-R', 'a+rX', directory]);
      port = await freePort();
      daemon = spawn(
        'git',
        ['daemon', '--export-all', `--base-path=${directory}`, '--listen=127.0.0.1', `--port=${port}`],
        { stdio: 'ignore', detached: true },
      );
      await vi.waitFor(async () => {
        if (!(await answers(port))) throw new Error('git does not serve yet');
      });
    });

    afterAll(() => {
      if (daemon.pid !== undefined) process.kill(-daemon.pid);
      rmSync(directory, { recursive: true });
    });

    const add = (fragment: string): Promise<CommandResult> =>
      build([
        `FROM ${TEST_IMAGE}`,
        `ADD git://127.0.0.1:${port}/served.git${fragment} /got/`,
        'RUN ls -R /got; find /got -type f -exec cat {} +',
      ]);

    it('CVE-2026-33748: takes a directory of a repository from within it, and follows no link out of it', async () => {
      expect(said(await add('#main:real'))).toContain('of the repository');
      for (const fragment of ['#main:link', '#main:dots/tmp', `#main:../../../..${host}`, `#main:${host}`]) {
        const result = await add(fragment);
        expect([fragment, said(result).includes('of the host')]).toEqual([fragment, false]);
        expect([fragment, result.code]).not.toEqual([fragment, 0]);
      }
    });

    it('CVE-2019-13139: takes no reference or address for an option of git', async () => {
      for (const reference of [`--upload-pack=touch ${host}/run`, `-u=touch ${host}/run`, `--output=${host}/run`]) {
        const result = await add(`#${reference.replaceAll(' ', '%20')}`);
        expect([reference, result.code]).not.toEqual([reference, 0]);
        const quoted = await build([
          `FROM ${TEST_IMAGE}`,
          `ADD ["git://127.0.0.1:${port}/served.git#${reference}", "/got/"]`,
        ]);
        expect([reference, quoted.code]).not.toEqual([reference, 0]);
      }
      const remote = await engine.api(
        'POST',
        `/v1.45/build?remote=${encodeURIComponent(`--upload-pack=touch ${host}/run`)}`,
      );
      expect(remote.body).not.toContain('Successfully');
      expect(existsSync(`${host}/run`)).toBe(false);
    });

    it('CVE-2022-39253: clones nothing from a path of the host', async () => {
      for (const address of [
        `file://${directory}/served.git`,
        `${directory}/served.git`,
        `ssh://-oProxyCommand=touch${host}/run/x.git`,
      ]) {
        const result = await build([`FROM ${TEST_IMAGE}`, `ADD ${address} /got/`, 'RUN cat /got/real/file']);
        expect([address, said(result).includes('of the repository')]).toEqual([address, false]);
      }
      expect(existsSync(`${host}/run`)).toBe(false);
    });
  });
});

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** The status of a POST with a binary body. */
function postBytes(socketPath: string, path: string, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath, method: 'POST', path, headers: { 'Content-Length': body.length } },
      (response) => {
        response.resume();
        response.on('end', () => {
          resolve(response.statusCode ?? 0);
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
