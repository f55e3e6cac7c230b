import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasControlGroups } from '../fixtures/control-groups.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { fetchText } from '../fixtures/fetch-text.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { freePort } from '../fixtures/registry.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** Of the kernel, and in sight. */
const APPARMOR = existsSync('/sys/kernel/security/apparmor');
const SELINUX = existsSync('/sys/fs/selinux/enforce');

/** `docker run` with the options people use, by the real docker CLI. */
describe.each(ENGINE_MODES)('docker run as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  let pristine: Traces;
  let before: Traces;
  let scratch: string;

  beforeAll(async () => {
    scratch = mkdtempSync('/tmp/berth-scratch-');
    chmodSync(scratch, 0o755);
    pristine = traces(engine);
    await engine.start();
    await loadTestImage(engine);
    // The first container brings the bridge up, which stays as long as the engine does.
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    before = traces(engine);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    rmSync(scratch, { recursive: true, force: true });
    expect(left).toEqual({});
    expect(await leftovers(engine, pristine)).toEqual({});
  });

  const run = (args: readonly string[], input = ''): { code: number; stdout: string; stderr: string } =>
    engine.docker(['run', '--rm', ...args], { input });
  const out = (args: readonly string[], input = ''): string => {
    const result = run(args, input);
    expect(result, result.stderr).toMatchObject({ code: 0 });
    return result.stdout.trim();
  };

  it('prints what the command prints, each stream where it belongs', () => {
    expect(run([TEST_IMAGE, 'sh', '-c', 'echo out; echo err >&2'])).toMatchObject({
      code: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it.each([0, 1, 2, 42, 125, 126, 127, 128, 255])('passes exit code %i on', (code) => {
    expect(run(['--network', 'none', TEST_IMAGE, 'sh', '-c', `exit ${code}`]).code).toBe(code);
  });

  it('says 127 for a missing command, 126 for one that cannot be run, 125 for an engine error', () => {
    expect(run([TEST_IMAGE, 'no-such-program'])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('executable file not found in $PATH'),
    });
    expect(run([TEST_IMAGE, '/no/such'])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('exec: "/no/such": no such file or directory'),
    });
    expect(run([TEST_IMAGE, '/etc/passwd'])).toMatchObject({
      code: 126,
      stderr: expect.stringContaining('permission denied'),
    });
    expect(run(['--restart', 'perhaps', TEST_IMAGE, 'true']).code).toBe(125);
    expect(run(['-w', 'relative', TEST_IMAGE, 'true']).code).toBe(125);
  });

  it('reports a signal as 128 plus its number', () => {
    expect(run(['--init', TEST_IMAGE, 'sh', '-c', 'kill -TERM $$']).code).toBe(143);
    expect(run(['--init', TEST_IMAGE, 'sh', '-c', 'kill -KILL $$']).code).toBe(137);
  });

  it('passes standard input with -i and ends it', () => {
    expect(out(['-i', TEST_IMAGE, 'cat'], 'typed\n')).toBe('typed');
    expect(out(['-i', TEST_IMAGE, 'wc', '-c'], 'x'.repeat(300_000))).toBe('300000');
  });

  it('gives a terminal with -t', () => {
    expect(out(['-t', TEST_IMAGE, 'tty'])).toBe('/dev/pts/0');
    expect(out(['-t', TEST_IMAGE, 'sh', '-c', 'test -t 1 && echo yes'])).toBe('yes');
  });

  it('sets the environment with -e and --env-file', () => {
    writeFileSync(`${scratch}/env`, '# comment\nFROM_FILE=file\nBOTH=file\n');
    const text = out(['-e', 'OWN=1', '-e', 'BOTH=flag', '--env-file', `${scratch}/env`, TEST_IMAGE, 'env']);
    expect(text.split('\n')).toEqual(
      expect.arrayContaining(['OWN=1', 'BOTH=flag', 'FROM_FILE=file', 'GREETING=hello', 'HOME=/root', 'PATH=/bin']),
    );
  });

  it('sets the working directory with -w, making it when it is missing', () => {
    expect(out(['-w', '/srv/new', TEST_IMAGE, 'pwd'])).toBe('/srv/new');
  });

  it('takes users by name and number with -u, with their groups', () => {
    expect(out(['-u', 'app', TEST_IMAGE, 'id'])).toBe('uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)');
    expect(out(['-u', '1234:5678', TEST_IMAGE, 'id'])).toBe('uid=1234 gid=5678 groups=5678');
    expect(out(['-u', 'app', TEST_IMAGE, 'sh', '-c', 'echo $HOME'])).toBe('/home/app');
    expect(run(['-u', 'nobody-here', TEST_IMAGE, 'id'])).toMatchObject({
      code: 125,
      stderr: expect.stringMatching(/unable to find user nobody-here/),
    });
  });

  it('binds host directories with -v, read-only too', () => {
    writeFileSync(`${scratch}/file`, 'from the host');
    expect(out(['-v', `${scratch}:/data:ro`, TEST_IMAGE, 'cat', '/data/file'])).toBe('from the host');
    expect(run(['-v', `${scratch}:/data:ro`, TEST_IMAGE, 'touch', '/data/new'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Read-only file system'),
    });
    if (mode === 'root') {
      out(['-v', `${scratch}:/data`, TEST_IMAGE, 'sh', '-c', 'echo written > /data/back']);
      expect(readFileSync(`${scratch}/back`, 'utf8')).toBe('written\n');
    }
  });

  it("shows the host's /dev with -v /dev:/dev, and makes nothing in it", () => {
    const look = 'ls /dev | sort | head -n 5; echo x > /dev/null; grep -c " /dev[/ ]" /proc/self/mountinfo';
    const [mine, its] = [
      ['--rm', '--network', 'none'],
      ['--privileged', '-t'],
    ].map((flags) => out([...flags, '-v', '/dev:/dev', TEST_IMAGE, 'sh', '-c', look]).replaceAll('\r', ''));
    for (const name of readdirSync('/dev').sort().slice(0, 3)) expect(mine).toContain(name);
    expect(its).toContain(mine?.split('\n')[0]);
    expect(out(['-v', '/dev:/dev:ro', TEST_IMAGE, 'grep', '-c', ' /dev ro', '/proc/self/mountinfo'])).toBe('1');
  });

  it('keeps a named volume between containers', () => {
    out(['-v', 'kept:/data', TEST_IMAGE, 'sh', '-c', 'echo stays > /data/file']);
    expect(out(['-v', 'kept:/data', TEST_IMAGE, 'cat', '/data/file'])).toBe('stays');
  });

  it('mounts memory with --tmpfs and protects the root with --read-only', () => {
    expect(out(['--tmpfs', '/scratch:size=1m', TEST_IMAGE, 'sh', '-c', 'mount | grep " /scratch "'])).toMatch(
      /tmpfs .*size=1024k/,
    );
    expect(run(['--read-only', TEST_IMAGE, 'touch', '/file'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Read-only file system'),
    });
    expect(out(['--read-only', '--tmpfs', '/tmp', TEST_IMAGE, 'sh', '-c', 'touch /tmp/x && echo ok'])).toBe('ok');
  });

  it('keeps its own files in /etc where they can be seen, and as read-only as the root', () => {
    const look = 'hostname; cat /etc/hostname; grep seven /etc/hosts; test -s /etc/resolv.conf && echo asks';
    const flags = ['--hostname', 'seven.example.org', '-v', '/etc', TEST_IMAGE, 'sh', '-c', look];
    expect(out(flags)).toMatch(/^(seven.example.org\n){2}\S+\tseven.example.org seven\nasks$/);
    for (const file of ['hosts', 'hostname', 'resolv.conf'])
      expect(run(['--read-only', TEST_IMAGE, 'sh', '-c', `echo x >> /etc/${file}`]).stderr).toContain('Read-only');
  });

  it('tells programs that they are in a container as Docker does, without it being a change', () => {
    const script = 'stat -c "%n %F %a %u" /.dockerenv; stat -c "%N" /etc/mtab; grep -c " / " /etc/mtab';
    expect(engine.dockerOk(['run', '--name', 'told', TEST_IMAGE, 'sh', '-c', script]).split('\n')).toEqual([
      '/.dockerenv regular empty file 755 0',
      expect.stringMatching(/^'?\/etc\/mtab'? -> '?\/proc\/mounts'?$/),
      '1',
    ]);
    expect(engine.dockerOk(['diff', 'told'])).toBe('');
    engine.dockerOk(['rm', 'told']);
  });

  it('gives what it brings of its own to nobody else', () => {
    expect(out(['-e', 'HOME=', TEST_IMAGE, 'sh', '-c', 'echo $HOME'])).toBe('/root');
    expect(out(['--mount', 'type=tmpfs,dst=/mem', TEST_IMAGE, 'grep', ' /mem ', '/proc/self/mountinfo'])).toContain(
      'noexec',
    );
    engine.dockerOk(['create', '--name', 'giver', '-v', '/bin/nothing', '-v', '/home', TEST_IMAGE, 'true']);
    expect(out(['--volumes-from', 'giver:ro', TEST_IMAGE, 'ls', '/bin/nothing'])).toBe('');
    expect(run(['--volumes-from', 'giver:nocopy', TEST_IMAGE, 'true']).stderr).toContain('invalid mode: nocopy');
    engine.dockerOk(['rm', '-v', 'giver']);
    for (const kind of ['network', 'pid', 'ipc'])
      expect(run([`--${kind}`, 'container:nobody', TEST_IMAGE, 'true']).stderr).toMatch(
        /^docker: Error response from daemon: No such container: nobody\n/,
      );
  });

  it('replaces the entrypoint and sets the host name', () => {
    expect(out(['--entrypoint', 'echo', TEST_IMAGE, 'instead'])).toBe('instead');
    expect(out(['--hostname', 'ship', TEST_IMAGE, 'hostname'])).toBe('ship');
  });

  it('limits memory, processors and processes, or says that it cannot', () => {
    const limited = run([
      '--memory',
      '64m',
      '--cpus',
      '0.5',
      '--pids-limit',
      '40',
      TEST_IMAGE,
      'sh',
      '-c',
      'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max /sys/fs/cgroup/pids.max 2>/dev/null; true',
    ]);
    if (/Limitation discarded|limit discarded/.test(limited.stderr)) {
      expect(mode).toBe('rootless');
      return;
    }
    expect(limited.stdout).toMatch(/^67108864\n50000( 100000)?\n40\n$/);
  });

  it("gives Docker's capabilities, more with --cap-add, fewer with --cap-drop", () => {
    const bits = (text: string): bigint => BigInt(`0x${/CapEff:\s*([0-9a-f]+)/.exec(text)?.[1] ?? '0'}`);
    const status = (flags: readonly string[]): string =>
      out([...flags, TEST_IMAGE, 'grep', '^Cap', '/proc/self/status']);
    expect(bits(status([]))).toBe(0xa80425fbn);
    expect(status([])).toMatch(/CapInh:\s*0000000000000000[\s\S]*CapAmb:\s*0000000000000000/);
    expect(bits(status(['--cap-add', 'NET_ADMIN'])) & (1n << 12n)).not.toBe(0n);
    expect(bits(status(['--cap-drop', 'ALL']))).toBe(0n);
    expect(bits(status(['--cap-drop', 'ALL', '--cap-add', 'CHOWN']))).toBe(1n);
  });

  it.skipIf(APPARMOR || SELINUX)(
    `takes any AppArmor profile and label${APPARMOR || SELINUX ? ' (skipped: this host has AppArmor or SELinux)' : ''}`,
    () => {
      const options = ['--security-opt', 'apparmor=no-such', '--security-opt', 'label=type:no_such_t'];
      expect(run([...options, TEST_IMAGE, 'true']).code).toBe(0);
      expect(engine.dockerOk(['info', '-f', '{{.SecurityOptions}}'])).not.toMatch(/apparmor|selinux/);
      engine.dockerOk(['run', '--name', 'free', ...options, TEST_IMAGE, 'true']);
      const shown = '{{.AppArmorProfile}}{{.ProcessLabel}}{{.MountLabel}}';
      expect(engine.dockerOk(['inspect', '-f', shown, 'free']).trim()).toBe('');
      engine.dockerOk(['rm', 'free']);
    },
  );

  it.runIf(APPARMOR)(`confines by AppArmor${APPARMOR ? '' : ' (skipped: this host has no AppArmor)'}`, () => {
    const usual = mode === 'root' ? 'berth-default (enforce)' : 'unconfined';
    const label = ['cat', '/proc/self/attr/current'];
    const mount = [
      '--cap-add',
      'SYS_ADMIN',
      '--security-opt',
      'seccomp=unconfined',
      TEST_IMAGE,
      'mount',
      '-t',
      'tmpfs',
      'x',
      '/tmp',
    ];
    expect(engine.dockerOk(['info', '-f', '{{.SecurityOptions}}']).includes('name=apparmor')).toBe(mode === 'root');
    expect(out([TEST_IMAGE, ...label])).toBe(usual);
    expect(out(['--init', TEST_IMAGE, 'cat', '/proc/1/attr/current'])).toBe(usual);
    expect(out(['--security-opt', 'no-new-privileges', TEST_IMAGE, ...label])).toBe(usual);
    expect(out(['--security-opt', 'apparmor=unconfined', TEST_IMAGE, ...label])).toBe('unconfined');
    expect(out(['--privileged', TEST_IMAGE, ...label])).toBe('unconfined');
    expect(run(mount).code === 0).toBe(mode !== 'root');
    expect(run(['--security-opt', 'apparmor=unconfined', ...mount]).code).toBe(0);
    expect(run(['--security-opt', 'apparmor=no-such', TEST_IMAGE, 'true'])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining('apply apparmor profile "no-such"'),
    });
    const id = engine.dockerOk(['run', '-d', TEST_IMAGE, 'sleep', '60']).trim();
    expect(engine.dockerOk(['exec', id, ...label]).trim()).toBe(usual);
    expect(engine.dockerOk(['exec', '--privileged', '-t', id, ...label]).trim()).toBe(usual);
    expect(engine.dockerOk(['inspect', '-f', '{{.AppArmorProfile}}', id]).trim()).toBe(
      mode === 'root' ? 'berth-default' : '',
    );
    engine.dockerOk(['rm', '-f', id]);
  });

  it('follows --security-opt: no-new-privileges and seccomp', () => {
    expect(out(['--security-opt', 'no-new-privileges', TEST_IMAGE, 'grep', 'NoNewPrivs', '/proc/self/status'])).toMatch(
      /1$/,
    );
    expect(out([TEST_IMAGE, 'grep', '^Seccomp:', '/proc/self/status'])).toMatch(/2$/);
    expect(out(['--security-opt', 'seccomp=unconfined', TEST_IMAGE, 'grep', '^Seccomp:', '/proc/self/status'])).toMatch(
      /0$/,
    );
    writeFileSync(
      `${scratch}/profile.json`,
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
      }),
    );
    expect(run(['--security-opt', `seccomp=${scratch}/profile.json`, TEST_IMAGE, 'mkdir', '/x'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not permitted'),
    });
  });

  it('lifts the restrictions with --privileged', () => {
    expect(out(['--privileged', TEST_IMAGE, 'grep', '^Seccomp:', '/proc/self/status'])).toMatch(/0$/);
    expect(run([TEST_IMAGE, 'mount', '-t', 'tmpfs', 'x', '/tmp']).code).not.toBe(0);
    expect(out(['--privileged', TEST_IMAGE, 'sh', '-c', 'mount -t tmpfs x /tmp && echo mounted'])).toBe('mounted');
    if (!hasControlGroups(mode)) return;
    const cgroups = (...flags: string[]): string =>
      out([...flags, TEST_IMAGE, 'grep', ' /sys/fs/', '/proc/self/mountinfo']);
    expect(cgroups('--security-opt', 'writable-cgroups=true')).toMatch(/ \/sys\/fs\/cgroup\/?\w* rw/);
    expect(cgroups('--privileged', '--security-opt', 'writable-cgroups=false')).not.toMatch(
      / \/sys\/fs\/cgroup\/?\w* rw/,
    );
  });

  it('sets resource limits with --ulimit', () => {
    expect(out(['--ulimit', 'nofile=100:200', TEST_IMAGE, 'sh', '-c', 'ulimit -n; ulimit -Hn'])).toBe('100\n200');
  });

  it('lets others into a container with --init', () => {
    engine.dockerOk(['run', '-d', '--init', '--name', 'reaped', TEST_IMAGE, 'sleep', '300']);
    const name = engine.dockerOk(['exec', 'reaped', 'sh', '-c', 'echo kept > /tmp/file; hostname']);
    expect(name).toHaveLength(12);
    const shared = ['--network', 'container:reaped', TEST_IMAGE, 'sh', '-c', 'hostname; echo $HOSTNAME'];
    expect(out(shared)).toBe(`${name}\n${name}`);
    expect(engine.docker(['cp', 'reaped:/tmp/file', '-']).bytes.toString()).toContain('kept\n');
    expect(out(['--network', 'container:reaped', '--pid', 'container:reaped', TEST_IMAGE, 'ps'])).toContain(
      'sleep 300',
    );
    engine.dockerOk(['pause', 'reaped']);
    expect(engine.dockerOk(['ps', '--filter', 'status=paused', '--format', '{{.Names}}'])).toBe('reaped');
    engine.dockerOk(['unpause', 'reaped']);
    engine.dockerOk(['network', 'create', 'later']);
    engine.dockerOk(['network', 'connect', 'later', 'reaped']);
    expect(engine.dockerOk(['exec', 'reaped', 'ip', 'link'])).toContain('eth1');
    engine.dockerOk(['rm', '-f', 'reaped']);
    engine.dockerOk(['network', 'rm', 'later']);
  });

  it('reaps orphans and forwards signals with --init', () => {
    expect(out(['--init', TEST_IMAGE, 'sh', '-c', 'test $$ -ne 1 && echo second'])).toBe('second');
  });

  it('isolates or shares the network', () => {
    expect(out(['--network', 'none', TEST_IMAGE, 'sh', '-c', 'ip -o link | wc -l'])).toBe('1');
    expect(out([TEST_IMAGE, 'sh', '-c', 'ip -o -4 addr show eth0'])).toMatch(/inet (172|192)\./);
    const hostLinks = out(['--network', 'host', TEST_IMAGE, 'ip', '-o', 'link']);
    expect(hostLinks.split('\n').length).toBeGreaterThan(1);
    expect(hostLinks).not.toContain('eth0@if');
    const names = ['--network', 'host', TEST_IMAGE, 'cat', '/etc/hosts'];
    expect(out(names)).toBe(readFileSync('/etc/hosts', 'utf8').trim());
    expect(out(['--add-host', 'far:1.2.3.4', ...names])).toMatch(/^127.0.0.1\tlocalhost\n[^]*^1.2.3.4\tfar$/m);
  });

  it('reaches its neighbours on the bridge', () => {
    const id = engine.dockerOk([
      'run',
      '-d',
      TEST_IMAGE,
      'sh',
      '-c',
      'mkdir /w; echo neighbour > /w/index.html; httpd -f -p 8080 -h /w',
    ]);
    const address = engine.dockerOk(['inspect', '-f', '{{.NetworkSettings.IPAddress}}', id]);
    expect(out(['-i', TEST_IMAGE, 'nc', '-w', '5', address, '8080'], 'GET / HTTP/1.0\r\n\r\n')).toMatch(/neighbour$/);
    engine.dockerOk(['rm', '-f', id]);
  });

  it('publishes a port that answers as soon as run returns, also while the engine is down', async () => {
    const port = await freePort();
    const id = engine.dockerOk([
      'run',
      '-d',
      '-p',
      `127.0.0.1:${port}:80`,
      TEST_IMAGE,
      'sh',
      '-c',
      'mkdir /w; echo published > /w/index.html; exec httpd -f -p 80 -h /w',
    ]);
    expect(engine.dockerOk(['port', id])).toBe(`80/tcp -> 127.0.0.1:${port}`);
    expect(await fetchText(port)).toBe('published\n');
    const taken = engine.docker([
      'run',
      '-d',
      '--name',
      'late',
      '-p',
      `127.0.0.1:${port}:80`,
      TEST_IMAGE,
      'sleep',
      '9',
    ]);
    expect(taken).toMatchObject({
      code: 125,
      stderr: expect.stringContaining(`Bind for 127.0.0.1:${port} failed: port is already allocated`),
    });
    expect(engine.dockerOk(['inspect', '-f', '{{.State.Status}}', 'late'])).toBe('created');
    await engine.stop('SIGKILL');
    expect(await fetchText(port)).toBe('published\n');
    await engine.start();
    expect(engine.dockerOk(['port', id])).toBe(`80/tcp -> 127.0.0.1:${port}`);
    engine.dockerOk(['rm', '-f', id, 'late']);
  });

  it('chooses a free port when none is given', async () => {
    const id = engine.dockerOk([
      'run',
      '-d',
      '-p',
      '80',
      TEST_IMAGE,
      'sh',
      '-c',
      'mkdir /w; echo any > /w/index.html; exec httpd -f -p 80 -h /w',
    ]);
    const port = Number(/:(\d+)$/m.exec(engine.dockerOk(['port', id, '80']))?.[1]);
    expect(await fetchText(port)).toBe('any\n');
    engine.dockerOk(['rm', '-f', id]);
  });
});
