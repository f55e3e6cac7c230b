import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { ociImage, ociLayoutTar, putIntoRegistry } from '../fixtures/oci-layout.ts';
import { LocalRegistry } from '../fixtures/registry.ts';
import { loadTestImage, rootFilesystemTar, TEST_IMAGE } from '../fixtures/test-image.ts';

/** Debian's docker CLI (20.10) and, where there is one, a newer one: both must work. */
const CLIENTS = ['/usr/bin/docker', '/usr/local/bin/docker'].filter((path) => existsSync(path));

describe.each(ENGINE_MODES)('docker images as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  let registry: LocalRegistry;
  let scratch: string;
  let before: Traces;
  const ok = (...args: string[]): string => engine.dockerOk(args);

  beforeAll(async () => {
    registry = await LocalRegistry.start();
    scratch = mkdtempSync('/tmp/berth-scratch-');
    await engine.start();
    await loadTestImage(engine);
    ok('run', '--rm', TEST_IMAGE, 'true');
    before = traces(engine);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    await registry.stop();
    rmSync(scratch, { recursive: true, force: true });
    expect(left).toEqual({});
  });

  it.each(CLIENTS)('pushes to a registry, pulls from it and runs what came, with %s', (binary) => {
    const name = `${registry.host}/team/tools:v1`;
    const docker = (...args: string[]): string => engine.dockerOk(args, { binary });
    docker('tag', TEST_IMAGE, name);
    expect(docker('push', name)).toMatch(/v1: digest: sha256:[0-9a-f]{64} size: \d+/);
    docker('rmi', TEST_IMAGE, name);
    expect(docker('images', '-q')).toBe('');
    const pulled = docker('pull', name);
    expect(pulled).toMatch(/Digest: sha256:[0-9a-f]{64}/);
    expect(pulled).toContain(`Status: Downloaded newer image for ${name}`);
    expect(docker('pull', name)).toContain(`Status: Image is up to date for ${name}`);
    expect(docker('run', '--rm', name, 'echo', 'from the registry')).toBe('from the registry');
    const digest = /sha256:[0-9a-f]{64}/.exec(pulled)?.[0] ?? '';
    expect(docker('inspect', '-f', '{{index .RepoDigests 0}}', name)).toBe(`${registry.host}/team/tools@${digest}`);
    docker('tag', name, TEST_IMAGE);
    docker('rmi', name);
  });

  it('pulls what run misses, and says when there is none', () => {
    const name = `${registry.host}/team/tools:v1`;
    expect(engine.docker(['run', '--rm', name, 'echo', 'pulled'])).toMatchObject({
      code: 0,
      stdout: 'pulled\n',
      stderr: expect.stringContaining(`Unable to find image '${name}' locally`),
    });
    ok('rmi', name);
    const missing = engine.docker(['run', '--rm', `${registry.host}/team/none:v1`, 'true']);
    expect(missing).toMatchObject({ code: 125, stderr: expect.stringMatching(/not found|manifest unknown/) });
    expect(engine.docker(['pull', `${registry.host}/UPPER`])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('must be lowercase'),
    });
  });

  it('lists, tags and removes', () => {
    ok('tag', TEST_IMAGE, 'other:one');
    ok('tag', TEST_IMAGE, 'other:two');
    expect(ok('images', '--format', '{{.Repository}}:{{.Tag}}', 'other').split('\n').sort()).toEqual([
      'other:one',
      'other:two',
    ]);
    expect(ok('rmi', 'other:one')).toBe('Untagged: other:one');
    ok('run', '--name', 'user', 'other:two', 'true');
    ok('rmi', 'other:two');
    const used = engine.docker(['rmi', TEST_IMAGE]);
    expect(used).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /conflict: unable to remove repository reference|must be forced|image is being used/,
      ),
    });
    ok('rm', 'user');
    expect(engine.docker(['rmi', 'none:at-all'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No such image: none:at-all'),
    });
  });

  it('tells history and inspects', () => {
    expect(ok('history', '--format', '{{.Comment}}', TEST_IMAGE)).toContain('Imported from');
    const [image] = JSON.parse(ok('image', 'inspect', TEST_IMAGE)) as [Record<string, unknown>];
    expect(image).toMatchObject({
      Os: 'linux',
      Architecture: 'amd64',
      RepoTags: expect.arrayContaining([TEST_IMAGE]),
      Config: expect.objectContaining({ Cmd: ['sh'] }),
      RootFS: { Type: 'layers', Layers: [expect.stringMatching(/^sha256:/)] },
    });
  });

  it('saves to an archive and loads it again, the same image', () => {
    const id = ok('images', '-q', '--no-trunc', TEST_IMAGE);
    ok('save', '-o', `${scratch}/saved.tar`, TEST_IMAGE);
    ok('rmi', TEST_IMAGE);
    expect(ok('load', '-i', `${scratch}/saved.tar`)).toBe(`Loaded image: ${TEST_IMAGE}`);
    expect(ok('images', '-q', '--no-trunc', TEST_IMAGE)).toBe(id);
    expect(ok('run', '--rm', TEST_IMAGE, 'echo', 'loaded')).toBe('loaded');
    for (const program of ['gzip', 'bzip2', 'xz'])
      expect(ok('load', '-i', compressed(program, `${scratch}/saved.tar`))).toBe(`Loaded image: ${TEST_IMAGE}`);
    expect(ok('images', '-q', '--no-trunc', TEST_IMAGE)).toBe(id);
  });

  const compressed = (program: string, file: string): string => {
    const path = `${file}.${program}`;
    writeFileSync(path, execFileSync(program, ['-1c', file], { maxBuffer: 64 * 1024 * 1024 }));
    return path;
  };

  it('imports a root filesystem with changes', async () => {
    const tar = await rootFilesystemTar({ 'etc/motd': 'imported' });
    engine.dockerOk(['import', '--change', 'CMD ["cat", "/etc/motd"]', '--change', 'WORKDIR /tmp', '-', 'mine:1'], {
      input: tar,
    });
    expect(ok('run', '--rm', 'mine:1')).toBe('imported');
    expect(ok('run', '--rm', 'mine:1', 'pwd')).toBe('/tmp');
    writeFileSync(`${scratch}/root.tar`, tar);
    const layers = (name: string): string => ok('inspect', '-f', '{{.RootFS.Layers}}', name);
    for (const program of ['gzip', 'bzip2', 'xz', 'zstd']) {
      ok('import', compressed(program, `${scratch}/root.tar`), 'mine:2');
      expect(layers('mine:2'), program).toBe(layers('mine:1'));
      ok('rmi', 'mine:2');
    }
    ok('rmi', 'mine:1');
  });

  it.each([
    ['plain', '', (plain: Buffer) => plain],
    ['gzip', 'gzip', (plain: Buffer) => gzipSync(plain)],
    ['zstd', 'zstd', (plain: Buffer) => zstdCompressSync(plain)],
  ] as const)('loads an OCI layout whose layer is %s', async (kind, suffix, compress) => {
    const plain = await rootFilesystemTar({ 'etc/motd': kind });
    const layout = await ociLayoutTar(ociImage(plain, compress(plain), suffix), `layout/${kind}:1`);
    expect(engine.dockerOk(['load'], { input: layout })).toContain(`Loaded image: layout/${kind}:1`);
    expect(ok('run', '--rm', `layout/${kind}:1`, 'cat', '/etc/motd')).toBe(kind);
    ok('rmi', `layout/${kind}:1`);
  });

  it("takes this machine's platform from an index, another when asked, and says when there is none", async () => {
    const plain = await rootFilesystemTar();
    const images = ['arm64', 'amd64'].map((architecture) =>
      ociImage(plain, gzipSync(plain), 'gzip', { architecture, env: ['PATH=/bin', `BUILT_FOR=${architecture}`] }),
    );
    await putIntoRegistry(registry.host, 'multi', images, 'v1');
    const name = `${registry.host}/multi:v1`;
    ok('pull', name);
    expect(ok('run', '--rm', name, 'sh', '-c', 'echo $BUILT_FOR')).toBe('amd64');
    ok('rmi', name);
    ok('pull', '--platform', 'linux/arm64', name);
    expect(ok('inspect', '-f', '{{.Architecture}}', name)).toBe('arm64');
    ok('rmi', name);
    expect(engine.docker(['pull', '--platform', 'linux/s390x', name])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no matching manifest/),
    });
  });

  it('refuses what is no archive, and keeps nothing of it', () => {
    writeFileSync(`${scratch}/junk.tar`, 'this is no tar archive at all');
    expect(engine.docker(['load', '-i', `${scratch}/junk.tar`]).code).toBe(1);
    expect(ok('images', '-q').split('\n')).toHaveLength(1);
  });

  it('runs a container on the starter image made from this machine', () => {
    const made = engine.docker([BERTH_COMMAND, '-H', engine.host, 'image', 'from-host'], { binary: process.execPath });
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('localhost/host-tools:latest') });
    expect(ok('run', '--rm', 'localhost/host-tools', 'sh', '-c', 'ls / | wc -l && id -u && date +%Y')).toMatch(
      /^\d+\n0\n20\d\d$/,
    );
    ok('rmi', 'localhost/host-tools');
  });
});
