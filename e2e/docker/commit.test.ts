import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** `docker diff`, `export`, `commit` and sizes. */
describe.each(ENGINE_MODES)('docker diff, export and commit as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  const ok = (...args: string[]): string => engine.dockerOk(args);
  const fails = (...args: string[]): string => {
    const result = engine.docker(args);
    expect(result.code).not.toBe(0);
    return result.stderr;
  };
  const listTar = (bytes: Buffer): string[] =>
    execFileSync('tar', ['-tf', '-'], { input: bytes, maxBuffer: 2 ** 26 })
      .toString()
      .trim()
      .split('\n')
      .sort();
  const inspected = (name: string, format: string): unknown => JSON.parse(ok('image', 'inspect', '-f', format, name));

  useEngine(engine);

  it('tells what was added, changed and deleted, also while it runs', () => {
    const work = [
      'echo more >> /etc/passwd',
      'rm /etc/group',
      'mkdir -p /new/deep && echo x > /new/deep/file',
      'rm -rf /home/app && mkdir /home/app && touch /home/app/other',
      'chmod 700 /root',
      'ln -s /nowhere /tmp/link',
      'touch /etc/os-release.tmp && rm /etc/os-release.tmp',
    ].join(' && ');
    ok(
      'run',
      '-d',
      '--name',
      'changed',
      '-v',
      '/volume',
      TEST_IMAGE,
      'sh',
      '-c',
      `${work} ; touch /volume/done; sleep 60`,
    );
    ok('exec', 'changed', 'sh', '-c', 'until [ -e /volume/done ]; do sleep 0.02; done');
    const expected = [
      'A /new',
      'A /new/deep',
      'A /new/deep/file',
      'A /home/app/other',
      'A /tmp/link',
      'A /volume',
      'C /etc',
      'C /etc/passwd',
      'C /home',
      'C /home/app',
      'C /root',
      'C /tmp',
      'D /etc/group',
    ].sort();
    const diff = (): string[] => ok('diff', 'changed').split('\n').sort();
    expect.soft(diff()).toEqual(expected);
    ok('stop', '-t', '0', 'changed');
    expect(diff()).toEqual(expected);
    ok('rm', '-v', 'changed');
    ok('create', '--name', 'fresh', TEST_IMAGE, 'true');
    expect(ok('diff', 'fresh')).toBe('');
    ok('start', '-a', 'fresh');
    expect(ok('diff', 'fresh')).toBe('');
    ok('rm', 'fresh');
  });

  it('takes a renamed directory whole, whatever overlayfs does by default', ({ skip }) => {
    const parameter = '/sys/module/overlay/parameters/redirect_dir';
    skip(mode !== 'root', 'an overlay of an ordinary user has no redirected directories');
    skip(!existsSync(parameter), 'overlayfs has no parameters here');
    ok('run', '--name', 'maker', TEST_IMAGE, 'sh', '-c', 'mkdir -p /data/sub && touch /data/a /data/sub/b');
    ok('commit', 'maker', 'test/data');
    const usual = readFileSync(parameter, 'utf8').trim();
    writeFileSync(parameter, 'Y');
    try {
      ok('run', '--name', 'renamed', 'test/data', 'mv', '/data', '/moved');
    } finally {
      writeFileSync(parameter, usual);
    }
    const expected = ['A /moved', 'A /moved/a', 'A /moved/sub', 'A /moved/sub/b', 'D /data'];
    expect(ok('diff', 'renamed').split('\n').sort()).toEqual(expected);
    ok('rm', 'maker', 'renamed');
    ok('rmi', 'test/data');
  });

  it('tells of a directory that was deleted and made again', () => {
    ok('run', '--name', 'maker', TEST_IMAGE, 'sh', '-c', 'mkdir -p /data/sub && touch /data/a /data/b /data/sub/c');
    ok('commit', 'maker', 'test/data');
    ok(
      'run',
      '--name',
      'replaced',
      'test/data',
      'sh',
      '-c',
      'rm -rf /data && mkdir -p /data/sub && touch /data/b /data/own',
    );
    expect(ok('diff', 'replaced').split('\n').sort()).toEqual(
      ['A /data/own', 'C /data', 'C /data/b', 'C /data/sub', 'D /data/a', 'D /data/sub/c'].sort(),
    );
    ok('commit', 'replaced', 'test/replaced');
    expect(ok('run', '--rm', 'test/replaced', 'find', '/data').split('\n').sort()).toEqual([
      '/data',
      '/data/b',
      '/data/own',
      '/data/sub',
    ]);
    ok('rm', 'maker', 'replaced');
    ok('rmi', 'test/replaced', 'test/data');
  });

  it('exports the root filesystem without what is mounted in it', () => {
    ok(
      'run',
      '-d',
      '--name',
      'exported',
      '-v',
      '/volume',
      TEST_IMAGE,
      'sh',
      '-c',
      'touch /volume/in /tmp/own; sleep 60',
    );
    engine.dockerOk(['exec', 'exported', 'sh', '-c', 'until [ -e /tmp/own ]; do sleep 0.02; done']);
    for (const round of ['running', 'stopped']) {
      const names = listTar(engine.docker(['export', 'exported']).bytes);
      expect(names, round).toContain('tmp/own');
      expect(names, round).toContain('bin/busybox');
      expect(names, round).toContain('volume/');
      expect(names, round).not.toContain('volume/in');
      expect(
        names.filter((name) => name.startsWith('proc/')),
        round,
      ).toEqual(['proc/']);
      if (round === 'running') ok('stop', '-t', '0', 'exported');
    }
    const tar = engine.docker(['export', 'exported']).bytes;
    const id = engine.dockerOk(['import', '-'], { input: tar });
    expect(ok('run', '--rm', id, '/bin/cat', '/etc/os-release')).toBe('NAME=test');
    ok('rm', '-v', 'exported');
    ok('rmi', id);
  });

  it('commits a running container with changes, and what it makes can be run, saved and loaded', () => {
    const work =
      'echo layer > /added; rm /etc/group; rm -rf /home/app; mkdir /home/app; echo 1 > /home/app/new; mkdir /e; chown 1000 /e';
    ok('run', '-d', '--name', 'source', '--label', 'own=1', TEST_IMAGE, 'sh', '-c', `${work}; touch /done; sleep 60`);
    engine.dockerOk(['exec', 'source', 'sh', '-c', 'until [ -e /done ]; do sleep 0.02; done']);
    const changes = [
      'CMD ["cat", "/added"]',
      'ENV ADDED=yes',
      'EXPOSE 80',
      'LABEL a=b',
      'WORKDIR /home/app',
      'USER app',
      'VOLUME /v',
      'ONBUILD RUN true',
      'STOPSIGNAL SIGINT',
      'HEALTHCHECK --interval=5s CMD true',
    ];
    const flags = changes.flatMap((change) => ['--change', change]);
    const id = ok('commit', '-m', 'the message', '-a', 'the author', ...flags, 'source', 'test/committed:v1');
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(ok('inspect', '-f', '{{.State.Status}}', 'source')).toBe('running');
    expect(inspected('test/committed:v1', '{{json .Config}}')).toMatchObject({
      Cmd: ['cat', '/added'],
      Env: ['PATH=/bin', 'GREETING=hello', 'ADDED=yes'],
      ExposedPorts: { '80/tcp': {} },
      Labels: { own: '1', a: 'b' },
      WorkingDir: '/home/app',
      User: 'app',
      Volumes: { '/v': {} },
      OnBuild: ['RUN true'],
      StopSignal: 'SIGINT',
      Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 5_000_000_000 },
    });
    expect(ok('image', 'inspect', '-f', '{{.Author}}|{{.Comment}}|{{len .RootFS.Layers}}', id)).toBe(
      'the author|the message|2',
    );
    expect(ok('history', '--format', '{{.Comment}}|{{.CreatedBy}}', '--no-trunc', id).split('\n')[0]).toContain(
      'the message|sh -c echo layer',
    );
    const look = 'cat /added; ls /etc; ls /home/app; stat -c %u /e; pwd; id -un; ls -d /etc/hosts';
    const saw = 'layer\nhostname\nhosts\nmtab\nos-release\npasswd\nresolv.conf\nnew\n1000\n/home/app\napp\n/etc/hosts';
    expect(ok('run', '--rm', id, 'sh', '-c', look)).toBe(saw);
    const saved = engine.docker(['save', 'test/committed:v1']).bytes;
    ok('rmi', 'test/committed:v1');
    engine.dockerOk(['load'], { input: saved });
    expect(ok('run', '--rm', 'test/committed:v1', 'sh', '-c', look)).toBe(saw);
    ok('rm', '-f', 'source');
    // What the launcher made to mount on is no part of the image.
    const layer = listTar(layerOf(saved));
    expect(layer).toContain('etc/.wh.group');
    expect(layer.filter((name) => /^(?:proc|sys|dev)|hosts|resolv/.test(name))).toEqual([]);
    ok('rmi', 'test/committed:v1');
  });

  it('commits a stopped container, unnamed, and refuses what cannot be', () => {
    ok('run', '--name', 'ended', TEST_IMAGE, 'true');
    const id = ok('commit', 'ended');
    expect(ok('image', 'inspect', '-f', '{{len .RootFS.Layers}} {{json .RepoTags}}', id)).toBe('1 []');
    expect(fails('commit', '--change', 'RUN true', 'ended')).toContain('RUN');
    expect(fails('commit', 'ended', 'UPPER')).toContain('must be lowercase');
    expect(fails('commit', 'absent')).toContain('No such container: absent');
    expect(ok('inspect', '-f', '{{.State.Status}}', 'ended')).toBe('exited');
    ok('rm', 'ended');
    ok('rmi', id);
  });

  it('measures what a container has written', () => {
    ok('run', '--name', 'writer', TEST_IMAGE, 'sh', '-c', 'head -c 300000 /dev/zero > /zeros');
    const image = Number(ok('image', 'inspect', '-f', '{{.Size}}', TEST_IMAGE));
    const sizes = ok('inspect', '-s', '-f', '{{.SizeRw}} {{.SizeRootFs}}', 'writer').split(' ').map(Number);
    expect(sizes).toEqual([300_000, 300_000 + image]);
    expect(ok('ps', '-as', '--format', '{{.Size}}', '--filter', 'name=writer')).toMatch(/^300kB \(virtual /);
    ok('rm', 'writer');
  });
});

/** The topmost layer of a `docker save` archive. */
function layerOf(saved: Buffer): Buffer {
  const read = (name: string): Buffer => execFileSync('tar', ['-xOf', '-', name], { input: saved, maxBuffer: 2 ** 26 });
  const [{ Layers }] = JSON.parse(read('manifest.json').toString()) as [{ Layers: string[] }];
  return read(Layers.at(-1) ?? '');
}
