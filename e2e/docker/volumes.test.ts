import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { importImage, symlink } from '../fixtures/hostile-images.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { loopDisk } from '../fixtures/loop-disk.ts';
import { loadTestImage, rootFilesystemTar, TEST_IMAGE } from '../fixtures/test-image.ts';

/** Image with content under its volume, of another owner and with links that lead out. */
const SEEDED_IMAGE = 'test/seeded:latest';

/** Volumes and mounts by the real docker CLI. */
describe.each(ENGINE_MODES)('docker volumes as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  let before: Traces;
  const ok = (...args: string[]): string => engine.dockerOk(args);
  const run = (...args: string[]): string => ok('run', '--rm', ...args);
  const fails = (...args: string[]): string => {
    const result = engine.docker(args);
    expect(result.code).not.toBe(0);
    return result.stderr;
  };

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    const tar = await rootFilesystemTar({}, [
      { name: 'seed', type: 'directory', mode: 0o750, uid: 1000, gid: 1000 },
      { name: 'seed/file', content: 'from the image\n', mode: 0o640, uid: 1000, gid: 2000 },
      { name: 'seed/sub', type: 'directory', mode: 0o700 },
      { name: 'seed/sub/deep', content: 'deep\n' },
      { name: 'seed/link', type: 'symlink', linkname: 'file' },
      { name: 'escape', type: 'symlink', linkname: '../../../../../../../etc' },
    ]);
    engine.dockerOk(['import', '--change', 'VOLUME /seed', '--change', 'ENV PATH=/bin', '-', SEEDED_IMAGE], {
      input: tar,
    });
    run(TEST_IMAGE, 'true');
    before = traces(engine);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    const volumes = engine.docker(['volume', 'ls', '-q']).stdout.trim();
    await engine.dispose();
    expect(left).toEqual({});
    expect(volumes).toBe('');
  });

  it('creates, lists, inspects and removes', async () => {
    expect(ok('volume', 'create', '--label', 'tier=db', 'first')).toBe('first');
    expect(ok('volume', 'create', 'first')).toBe('first');
    const anonymous = ok('volume', 'create');
    expect(anonymous).toMatch(/^[0-9a-f]{64}$/);
    expect(ok('volume', 'ls', '-q').split('\n').sort()).toEqual([anonymous, 'first'].sort());
    expect(ok('volume', 'ls', '-q', '--filter', 'label=tier=db')).toBe('first');
    expect(ok('volume', 'ls', '-q', '--filter', 'name=irs')).toBe('first');
    expect(ok('volume', 'ls', '-q', '--filter', 'driver=other')).toBe('');
    expect(ok('volume', 'ls', '-q', '--filter', 'dangling=false')).toBe('');
    expect(fails('volume', 'ls', '--filter', 'colour=red')).toContain("invalid filter 'colour'");
    const [inspected] = JSON.parse(ok('volume', 'inspect', 'first')) as [Record<string, unknown>];
    expect(inspected).toMatchObject({
      Name: 'first',
      Driver: 'local',
      Scope: 'local',
      Labels: { tier: 'db' },
      Mountpoint: `${engine.dataRoot}/volumes/first/_data`,
      Options: null,
    });
    expect(Date.parse(String(inspected['CreatedAt']))).toBeGreaterThan(Date.now() - 60_000);
    expect(fails('volume', 'inspect', 'absent')).toContain('get absent: no such volume');
    expect(fails('volume', 'rm', 'absent')).toContain('get absent: no such volume');
    ok('volume', 'rm', '-f', 'absent');
    expect(ok('volume', 'rm', 'first', anonymous)).toBe(`first\n${anonymous}`);
    expect((await engine.api('DELETE', '/volumes/first')).status).toBe(404);
  });

  it('refuses what cannot be', async () => {
    expect(fails('volume', 'create', 'a b')).toContain('includes invalid characters for a local volume name');
    expect(fails('volume', 'create', 'x')).toContain('volume name is too short');
    expect(fails('volume', 'create', '--driver', 'cloud', 'vol')).toContain('plugin "cloud" not found');
    expect(fails('volume', 'create', '-o', 'colour=red', 'vol')).toContain('invalid option: "colour"');
    expect(fails('volume', 'create', '-o', 'type=tmpfs', 'vol')).toContain('missing required option: "device"');
    expect((await engine.api('POST', '/volumes/create', { Name: 'a/b' })).status).toBe(400);
    expect((await engine.api('POST', '/volumes/create', { Name: 'ab', Driver: 'cloud' })).status).toBe(404);
    expect((await engine.api('POST', '/volumes/create')).json()['message']).toContain('got EOF while reading');
    expect(fails('run', '-v', '/a:/b:ro,rw', TEST_IMAGE)).toContain('invalid mode: ro,rw');
    expect(fails('create', '-v', '/tmp:/x', '--mount', 'type=tmpfs,target=/x', TEST_IMAGE)).toContain(
      'Duplicate mount point: /x',
    );
  });

  it('keeps data in a named volume and says who uses it', async () => {
    run('-v', 'kept:/data', TEST_IMAGE, 'sh', '-c', 'echo hello > /data/file');
    const id = ok(
      'create',
      '--name',
      'user',
      '--mount',
      'source=kept,target=/data,readonly',
      TEST_IMAGE,
      'cat',
      '/data/file',
    );
    expect(fails('volume', 'rm', 'kept')).toContain(`remove kept: volume is in use - [${id}]`);
    expect((await engine.api('DELETE', '/volumes/kept')).status).toBe(409);
    expect(ok('start', '-a', 'user')).toBe('hello');
    expect(ok('ps', '-aq', '--no-trunc', '--filter', 'volume=kept')).toBe(id);
    const mounts = JSON.parse(ok('inspect', '-f', '{{json .Mounts}}', 'user')) as unknown[];
    expect(mounts).toEqual([
      {
        Type: 'volume',
        Name: 'kept',
        Source: `${engine.dataRoot}/volumes/kept/_data`,
        Destination: '/data',
        Driver: 'local',
        Mode: 'z',
        RW: false,
        Propagation: '',
      },
    ]);
    expect(fails('run', '--rm', '-v', 'kept:/data:ro', TEST_IMAGE, 'touch', '/data/x')).toContain('Read-only');
    // Named volumes outlive their containers, also with -v.
    ok('rm', '-v', 'user');
    await engine.crash();
    expect(run('-v', 'kept:/data', TEST_IMAGE, 'cat', '/data/file')).toBe('hello');
    ok('volume', 'rm', 'kept');
  });

  it('copies the content of the image to a new volume, with owners and modes', () => {
    const stat =
      'cd /seed && stat -c "%n %a %u %g" . file sub sub/deep && cat file && readlink link 2>/dev/null; ls -l link';
    const told = run('-v', 'seeded:/seed', SEEDED_IMAGE, 'sh', '-c', stat);
    expect(told).toContain('. 750 1000 1000\nfile 640 1000 2000\nsub 700 0 0\nsub/deep 644 0 0\nfrom the image');
    expect(told).toContain('link -> file');
    // Only the first time: what was removed does not come back.
    run('-v', 'seeded:/seed', SEEDED_IMAGE, 'rm', '-r', '/seed/sub');
    expect(run('-v', 'seeded:/seed', SEEDED_IMAGE, 'ls', '/seed')).toBe('file\nlink');
    expect(run('--mount', 'source=seeded,target=/elsewhere', SEEDED_IMAGE, 'ls', '/elsewhere')).toBe('file\nlink');
    expect(run('-v', 'plain:/seed:nocopy', SEEDED_IMAGE, 'ls', '/seed')).toBe('');
    ok('volume', 'rm', 'seeded', 'plain');
  });

  it('resolves links of the image inside the image when it fills a volume (CVE-2022-23648)', () => {
    // /escape leads out of the root by its text: it must be the image's own /etc that is copied.
    run('-v', 'escaped:/escape', SEEDED_IMAGE, 'true');
    expect(run('-v', 'escaped:/x', SEEDED_IMAGE, 'cat', '/x/os-release')).toBe('NAME=test');
    expect(run('-v', 'escaped:/x', SEEDED_IMAGE, 'ls', '/x').split('\n')).toEqual([
      'group',
      'mtab',
      'os-release',
      'passwd',
    ]);
    ok('volume', 'rm', 'escaped');
  });

  it('writes a setting of the kernel to no file that a shared volume has led it to (CVE-2025-52881)', async () => {
    const image = await importImage(engine, 'test/proc-link', [symlink('proc', '/shared')]);
    const racer = ok(
      ...['run', '-d'],
      '-v',
      'led:/shared',
      TEST_IMAGE,
      'sh',
      '-c',
      'while :; do mkdir -p /shared/sys/kernel /shared/sys/net/ipv4; echo - > /shared/sys/kernel/msgmax; ln -sfn /etc /shared/sys/fs; rm -rf /shared/sys; done',
    );
    const before = readFileSync('/proc/sys/kernel/msgmax', 'utf8');
    for (let count = 0; count < 10; count += 1) {
      const flags = [
        '-v',
        'led:/shared',
        '-v',
        'led:/x',
        '--sysctl',
        'kernel.msgmax=4242',
        '--sysctl',
        'net.ipv4.ip_forward=1',
      ];
      const result = engine.docker([
        'run',
        '--rm',
        ...flags,
        image,
        'cat',
        '/proc/sys/kernel/msgmax',
        '/shared/sys/kernel/msgmax',
      ]);
      expect(result.code === 0 ? result.stdout : '').not.toContain('4242');
    }
    const settings = run(
      '-v',
      'led:/x',
      '--sysctl',
      'kernel.msgmax=4242',
      TEST_IMAGE,
      'cat',
      '/proc/sys/kernel/msgmax',
    );
    expect(settings).toBe('4242');
    expect(readFileSync('/proc/sys/kernel/msgmax', 'utf8')).toBe(before);
    ok('rm', '-f', racer);
    ok('volume', 'rm', 'led');
    ok('rmi', image);
  });

  it('makes anonymous volumes and removes them with rm -v and --rm', () => {
    ok('create', '--name', 'anon', '-v', '/more', SEEDED_IMAGE, 'true');
    const mounts = JSON.parse(ok('inspect', '-f', '{{json .Mounts}}', 'anon')) as {
      Name: string;
      Destination: string;
    }[];
    expect(mounts.map(({ Destination }) => Destination).sort()).toEqual(['/more', '/seed']);
    for (const { Name } of mounts) expect(Name).toMatch(/^[0-9a-f]{64}$/);
    expect(ok('volume', 'ls', '-q').split('\n')).toHaveLength(2);
    ok('rm', '-v', 'anon');
    expect(ok('volume', 'ls', '-q')).toBe('');
    run(SEEDED_IMAGE, 'cat', '/seed/file');
    expect(ok('volume', 'ls', '-q')).toBe('');
    ok('run', '--name', 'stays', SEEDED_IMAGE, 'true');
    ok('rm', 'stays');
    expect(ok('volume', 'ls', '-q').split('\n')).toHaveLength(1);
    expect(ok('volume', 'prune', '-f')).toContain('Total reclaimed space');
    expect(ok('volume', 'ls', '-q')).toBe('');
  });

  it('prunes only what nobody has named, unless asked for all', () => {
    ok('volume', 'create', '--label', 'keep', 'named');
    const anonymous = ok('volume', 'create');
    run('-v', `${anonymous}:/data`, TEST_IMAGE, 'sh', '-c', 'head -c 5000 /dev/zero > /data/zeros');
    expect(ok('volume', 'prune', '-f')).toContain(anonymous);
    expect(ok('volume', 'ls', '-q')).toBe('named');
    expect(ok('volume', 'prune', '-af', '--filter', 'label!=keep')).not.toContain('named');
    expect(ok('volume', 'prune', '-af')).toContain('named');
    expect(ok('volume', 'ls', '-q')).toBe('');
  });

  it('takes over the mounts of other containers', () => {
    ok('create', '--name', 'source', '-v', 'shared:/data', '-v', '/anonymous', TEST_IMAGE, 'true');
    run('--volumes-from', 'source', TEST_IMAGE, 'sh', '-c', 'echo one > /data/file && echo two > /anonymous/file');
    expect(run('--volumes-from', 'source:ro', TEST_IMAGE, 'cat', '/data/file', '/anonymous/file')).toBe('one\ntwo');
    expect(fails('run', '--rm', '--volumes-from', 'source:ro', TEST_IMAGE, 'touch', '/data/x')).toContain('Read-only');
    expect(fails('run', '--rm', '--volumes-from', 'absent', TEST_IMAGE)).toContain('No such container: absent');
    expect(run('--volumes-from', 'source', '-v', 'own:/data', TEST_IMAGE, 'ls', '/data')).toBe('');
    // What nobody has named goes with the last that has it, who got it from another, too.
    const anonymous = (): number =>
      ok('volume', 'ls', '-qf', 'label=com.docker.volume.anonymous')
        .split(/\n(?=.)/)
        .filter(Boolean).length;
    ok('create', '--name', 'heir', '--volumes-from', 'source', TEST_IMAGE, 'true');
    ok('rm', '-v', 'source');
    expect(anonymous()).toBe(1);
    ok('rm', '-v', 'heir');
    expect(anonymous()).toBe(0);
    ok('volume', 'rm', 'shared', 'own');
  });

  it('mounts a subpath of a volume, inside the volume only', () => {
    run('-v', 'tree:/t', TEST_IMAGE, 'sh', '-c', 'mkdir -p /t/a/b && echo sub > /t/a/b/file && ln -s /etc /t/out');
    const mount = (subpath: string): string => `source=tree,target=/m,volume-subpath=${subpath}`;
    expect(run('--mount', mount('a/b'), TEST_IMAGE, 'cat', '/m/file')).toBe('sub');
    run('-v', 'tree:/t', TEST_IMAGE, 'mkdir', '/t/empty');
    expect(run('--mount', mount('empty').replace('/m', '/seed'), SEEDED_IMAGE, 'cat', '/seed/file')).toBe(
      'from the image',
    );
    expect(run('-v', 'tree:/t', TEST_IMAGE, 'cat', '/t/empty/file')).toBe('from the image');
    expect(fails('run', '--rm', '--mount', mount('absent'), TEST_IMAGE)).toContain('absent');
    expect(fails('run', '--rm', '--mount', mount('../x'), TEST_IMAGE)).toContain('relative path within the volume');
    // The link leads to the volume's own /etc, which is not there.
    expect(fails('run', '--rm', '--mount', mount('out'), TEST_IMAGE)).toContain('no such file');
    ok('volume', 'rm', 'tree');
  });

  it('mounts volumes with options in the container alone', () => {
    ok('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=1m,uid=1000', 'memory');
    const table = run('-v', 'memory:/m', TEST_IMAGE, 'sh', '-c', 'grep " /m " /proc/mounts; stat -c %u /m');
    expect(table).toMatch(/^tmpfs \/m tmpfs .*size=1024k.*\n1000$/);
    const host = `${engine.directory}/elsewhere`;
    mkdirSync(host, { mode: 0o777 });
    writeFileSync(`${host}/file`, 'of the host\n');
    ok('volume', 'create', '-o', 'type=none', '-o', `device=${host}`, '-o', 'o=bind', 'bound');
    expect(run('-v', 'bound:/m', TEST_IMAGE, 'cat', '/m/file')).toBe('of the host');
    ok('volume', 'rm', 'memory', 'bound');
    ok('volume', 'create', '-o', 'type=nosuchfs', '-o', 'device=x', 'odd');
    expect(fails('run', '--rm', '-v', 'odd:/m', TEST_IMAGE)).toContain('nosuchfs');
    ok('volume', 'rm', 'odd');
  });

  it('mounts a disk in the container alone, filled from the image, and again for the next', (context) => {
    if (mode !== 'root') context.skip('an ordinary user mounts no disks');
    const disk = loopDisk(`${engine.directory}/disk`);
    if (disk === null) return context.skip('there are no loop devices here');
    const { device } = disk;
    try {
      ok('volume', 'create', '-o', 'type=ext4', '-o', `device=${device}`, '-o', 'o=noexec', 'disk');
      const look = 'grep " /etc " /proc/mounts; ls /etc/passwd; echo kept > /etc/kept';
      expect(run('-v', 'disk:/etc', TEST_IMAGE, 'sh', '-c', look)).toMatch(
        /^\S+ \/etc ext4 rw,noexec.*\n\/etc\/passwd$/,
      );
      expect(run('--network', 'none', '-v', 'disk:/m', TEST_IMAGE, 'cat', '/m/kept')).toBe('kept');
      expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(device);
      const part = (path: string): string => `source=disk,target=/p,volume-subpath=${path}`;
      run(
        '-v',
        'disk:/m',
        TEST_IMAGE,
        'sh',
        '-c',
        'mkdir -p /m/a/b; ln -s /a/b /m/link; ln -s /etc /m/a/out; echo of b > /m/a/b/file',
      );
      expect(run('--mount', part('a/b'), TEST_IMAGE, 'sh', '-c', 'cat /p/file; ls /p; echo more > /p/made')).toBe(
        'of b\nfile',
      );
      expect(run('--mount', part('link/made'), TEST_IMAGE, 'cat', '/p')).toBe('more');
      expect(run('--mount', `${part('a/b')},readonly`, TEST_IMAGE, 'grep', ' /p ', '/proc/mounts')).toContain(
        ' ext4 ro,noexec',
      );
      expect(fails('run', '--rm', '--mount', part('a/out/passwd'), TEST_IMAGE)).toContain(
        'cannot access path a/out/passwd',
      );
      expect(fails('run', '--rm', '--mount', part('none'), TEST_IMAGE)).toContain(
        'cannot access path none of the volume',
      );
      ok('create', '--name', 'unpacked', '--mount', part('a'), TEST_IMAGE);
      ok('cp', 'unpacked:/p/b/file', `${engine.directory}/from-disk`);
      expect(readFileSync(`${engine.directory}/from-disk`, 'utf8')).toBe('of b\n');
      ok('rm', 'unpacked');
      ok('volume', 'rm', 'disk');
    } finally {
      disk.detach();
    }
  });

  it('makes a missing source for -v and refuses it for --mount', () => {
    const missing = `${engine.directory}/missing`;
    expect(fails('create', '--mount', `type=bind,source=${missing},target=/m`, TEST_IMAGE)).toContain(
      `invalid mount config for type "bind": bind source path does not exist: ${missing}`,
    );
    if (mode === 'root') expect(run('-v', `${missing}:/m`, TEST_IMAGE, 'ls', '-d', '/m')).toBe('/m');
  });

  it('takes tmpfs options and bind options', () => {
    const source = `${engine.directory}/bind`;
    mkdirSync(source, { mode: 0o755 });
    expect(
      run('--mount', 'type=tmpfs,target=/t,tmpfs-size=2m,tmpfs-mode=1770', TEST_IMAGE, 'stat', '-c', '%a', '/t'),
    ).toBe('1770');
    const flags = (option: string): string =>
      run(
        '--mount',
        `type=bind,source=${source},target=/m,${option}`,
        TEST_IMAGE,
        'grep',
        ' /m ',
        '/proc/self/mountinfo',
      );
    expect(flags('bind-propagation=rprivate')).not.toContain('shared:');
    expect(flags('readonly')).toMatch(/ \/m ro/);
    expect(flags('bind-recursive=disabled')).toContain(' /m rw');
    expect(fails('create', '--mount', 'type=bind,source=/tmp,target=m', TEST_IMAGE)).toContain('must be absolute');
  });

  it('mounts images, read-only, of one layer and of several', () => {
    const mount = (image: string): string => `type=image,source=${image},target=/m`;
    expect(run('--mount', mount(SEEDED_IMAGE), TEST_IMAGE, 'cat', '/m/seed/file')).toBe('from the image');
    expect(fails('run', '--rm', '--mount', mount(SEEDED_IMAGE), TEST_IMAGE, 'touch', '/m/x')).toContain('Read-only');
    ok('run', '--name', 'layered', TEST_IMAGE, 'sh', '-c', 'rm /etc/group; echo two > /two');
    ok('commit', 'layered', 'test/layered');
    ok('rm', 'layered');
    ok('create', '--name', 'holder', '--mount', mount('test/layered'), TEST_IMAGE, 'sh', '-c', 'cat /m/two; ls /m/etc');
    expect(ok('start', '-a', 'holder').split('\n')).not.toContain('group');
    expect(ok('start', '-a', 'holder')).toMatch(/^two\n/);
    expect(fails('rmi', 'test/layered')).toMatch(/container [0-9a-f]{12} is using its referenced image/);
    ok('rm', 'holder');
    // A part of it, a directory or a file, and nothing outside.
    const part = (image: string, path: string): string => `${mount(image)},image-subpath=${path}`;
    expect(run('--mount', part('test/layered', 'two'), TEST_IMAGE, 'cat', '/m')).toBe('two');
    expect(run('--mount', part('test/layered', 'etc'), TEST_IMAGE, 'ls', '/m').split('\n')).not.toContain('group');
    expect(run('--mount', part(SEEDED_IMAGE, 'seed'), TEST_IMAGE, 'cat', '/m/file')).toBe('from the image');
    expect(fails('run', '--rm', '--mount', part('test/layered', 'etc'), TEST_IMAGE, 'touch', '/m/x')).toContain(
      'Read-only',
    );
    expect(fails('run', '--rm', '--mount', part('test/layered', 'absent'), TEST_IMAGE)).toContain(
      'cannot access path absent of the image',
    );
    ok('rmi', 'test/layered');
  });

  it('tells of volumes in its events', () => {
    const since = String(Date.now() / 1000 - 0.001);
    run('-v', 'told:/data', TEST_IMAGE, 'true');
    ok('volume', 'rm', 'told');
    ok('volume', 'prune', '-f');
    const until = String(Date.now() / 1000 + 0.001);
    const events = ok(
      'events',
      '--since',
      since,
      '--until',
      until,
      '--filter',
      'type=volume',
      '--format',
      '{{.Action}} {{.Actor.ID}}',
    );
    expect(events.split('\n').map((line) => line.trim())).toEqual([
      'create told',
      'mount told',
      'unmount told',
      'destroy told',
      'prune',
    ]);
  });
});
