import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileSeccomp } from '../seccomp/compile.ts';
import { permitsBirth } from '../seccomp/permits-birth.ts';
import { builtLauncher } from './client.ts';
import { bind, Fixture, masks, processPlan } from './testing/fixture.ts';

/** Some of Docker's default capabilities and CAP_SYS_PTRACE, with which a container could take what it sees. */
const ALLOWED = 0xa80425fbn | (1n << 19n);
const PERMISSIVE = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['reboot'], action: 'SCMP_ACT_ERRNO' }] };
const SECCOMP_CONTEXT = { capabilities: new Set<string>(), kernel: [6, 1] as const };

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.open();
});
afterAll(async () => {
  await fixture.close();
});

describe('exit codes', () => {
  test.each([0, 1, 7, 125, 126, 127, 128, 200, 255])('exit %i', async (code) => {
    expect((await fixture.shell(`exit ${code}`)).exitCode).toBe(code);
  });

  test.each([
    [9, 137],
    [15, 143],
    [6, 134],
    [11, 139],
  ])('signal %i is 128 + n', async (signal, code) => {
    const sleeper = await fixture.launcher.launch(
      await fixture.plan(
        processPlan(['sh', '-c', `(sleep 0.1; kill -${signal} $$) & trap - ${signal}; exec sleep 60`]),
        { init: true },
      ),
    );
    await sleeper.start();
    expect((await sleeper.exited).exitCode).toBe(code);
  });

  test('a signal from outside ends the first process', async () => {
    const sleeper = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60'])));
    await sleeper.start();
    await sleeper.kill(9);
    expect((await sleeper.exited).exitCode).toBe(137);
    await expect(sleeper.kill(9)).rejects.toMatchObject({ kind: 'process-gone' });
  });

  test.each([
    [['/bin/absent'], 'command-not-found'],
    [['absent'], 'command-not-found'],
    [['/etc/passwd'], 'command-not-executable'],
    [['/bin'], 'command-not-executable'],
  ])('%j is %s', async (args, kind) => {
    await expect(fixture.run(args)).rejects.toMatchObject({ kind });
  });

  test('the exit record is on disk when the exit is told', async () => {
    const plan = await fixture.plan(processPlan(['sh', '-c', 'exit 3']));
    const process = await fixture.launcher.launch(plan);
    expect(await fixture.launcher.readExit(plan.stateDirectory)).toBeNull();
    await process.start();
    const record = await process.exited;
    expect(await fixture.launcher.readExit(plan.stateDirectory)).toEqual(record);
    expect(record.finishedAt).toBeGreaterThanOrEqual(record.startedAt);
    expect(process.startedAt).toBe(record.startedAt);
  });
});

describe('identity', () => {
  const refused = [
    'nobody-here',
    '2147483648',
    '4294967296',
    '99999999999999999999',
    '0x0',
    '1 ',
    ' 1',
    '-1',
    '1e3',
    '0:absent',
    'root:4294967295',
  ];
  test.each(refused)('user %j is refused', async (user) => {
    await expect(fixture.run(['true'], { user })).rejects.toMatchObject({ kind: 'bad-user' });
  });

  test.each([
    ['', 'uid=0(root) gid=0(root) groups=0(root),104(wheel)'],
    ['web', 'uid=101(web) gid=102(web) groups=102(web),103(logs),104(wheel)'],
    ['101', 'uid=101(web) gid=102(web) groups=102(web),103(logs),104(wheel)'],
    ['web:logs', 'uid=101(web) gid=103(logs) groups=103(logs)'],
    ['4242', 'uid=4242 gid=0(root) groups=0(root)'],
    ['4242:4343', 'uid=4242 gid=4343 groups=4343'],
  ])('user %j', async (user, expected) => {
    expect((await fixture.run(['id'], { user })).stdout.trim()).toBe(expected);
  });

  test('the largest ids are taken where they are mapped', async () => {
    const outcome = fixture.run(['id'], { user: '2147483647:2147483647' });
    if (fixture.launcher.rootless) await expect(outcome).rejects.toMatchObject({ kind: 'bad-user' });
    else expect((await outcome).stdout.trim()).toBe('uid=2147483647 gid=2147483647 groups=2147483647');
  });

  test('added groups come on top', async () => {
    const { stdout } = await fixture.run(['id', '-G'], { user: 'web:web', additionalGroups: ['logs', '777'] });
    expect(stdout.trim()).toBe('102 103 777');
    await expect(fixture.run(['id'], { additionalGroups: ['absent'] })).rejects.toMatchObject({ kind: 'bad-user' });
  });

  test('HOME comes from the passwd file unless it is set', async () => {
    expect((await fixture.shell('echo $HOME', { user: 'web' })).stdout).toBe('/home/web\n');
    expect((await fixture.shell('echo $HOME', { user: '999' })).stdout).toBe('/\n');
    expect((await fixture.shell('echo $HOME', { env: ['PATH=/bin', 'HOME=/x'] })).stdout).toBe('/x\n');
  });

  test('a passwd file that is a FIFO neither blocks nor counts', async () => {
    const layer = join(fixture.directory, 'fifo');
    await cp(fixture.layer, layer, { recursive: true, verbatimSymlinks: true });
    await rm(join(layer, 'etc/passwd'));
    await symlink('/dev/zero', join(layer, 'etc/passwd'));
    const plan = await fixture.plan(processPlan(['id', '-u'], { user: 'web' }));
    await expect(fixture.launcher.launch({ ...plan, root: { ...plan.root, lower: [layer] } })).rejects.toMatchObject({
      kind: 'bad-user',
    });
  });

  test('a process that is not root can reopen its output', async () => {
    expect((await fixture.shell('echo by-name > /dev/stdout', { user: 'web' })).stdout).toBe('by-name\n');
  });
});

/** A classic filter: one syscall number gives EPERM, the rest is allowed. */
function forbid(number: number): Uint8Array {
  const filter = Buffer.alloc(32);
  const instruction = (index: number, code: number, jt: number, jf: number, k: number): void => {
    filter.writeUInt16LE(code, index * 8);
    filter.writeUInt8(jt, index * 8 + 2);
    filter.writeUInt8(jf, index * 8 + 3);
    filter.writeUInt32LE(k, index * 8 + 4);
  };
  instruction(0, 0x20, 0, 0, 0); // load the number
  instruction(1, 0x15, 0, 1, number); // equal?
  instruction(2, 0x06, 0, 0, 0x00050001); // errno 1
  instruction(3, 0x06, 0, 0, 0x7fff0000); // allow
  return filter;
}

describe('confinement', () => {
  const capabilities = 'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status';

  test('capabilities are exactly the plan’s, inheritable and ambient empty', async () => {
    const { stdout } = await fixture.shell(capabilities);
    expect(stdout).toContain('CapInh:\t0000000000000000\nCapPrm:\t00000000a80425fb\nCapEff:\t00000000a80425fb');
    expect(stdout).toContain('CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0');
  });

  test('a user that is not root has none', async () => {
    const { stdout } = await fixture.shell(capabilities, { user: 'web', noNewPrivileges: true });
    expect(stdout).toContain('CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb');
    expect(stdout).toContain('NoNewPrivs:\t1');
  });

  test.each([true, false])('seccomp with no_new_privs %s', async (noNewPrivileges) => {
    const seccomp = forbid(83); // mkdir
    const outcome = await fixture.shell(`mkdir /tmp/x; ${capabilities}`, { noNewPrivileges, seccomp });
    expect(outcome.stderr).toContain('Operation not permitted');
    expect(outcome.stdout).toContain('Seccomp:\t2');
  });

  test('masked files are empty, masked directories empty and read-only, read-only paths read-only', async () => {
    const { stdout, stderr } = await fixture.shell(
      'wc -c < /proc/interrupts; ls /proc/acpi /sys/firmware | grep -v :; mkdir /sys/firmware/x; echo 1 > /proc/sys/kernel/panic',
    );
    expect(stdout.trim()).toBe('0');
    expect(stderr.match(/Read-only file system/g)?.length).toBe(2);
  });

  test.each([false, true])('the only descriptors are 0 to 2 (exec: %s)', async (exec) => {
    const list = 'for f in /proc/self/fd/*; do [ -e $f ] && echo ${f##*/}; done';
    if (!exec) {
      expect((await fixture.shell(list)).stdout).toBe('0\n1\n2\n');
      return;
    }
    const target = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60'])));
    await target.start();
    const plan = fixture.execPlan(target, processPlan(['sh', '-c', list]));
    expect((await fixture.finish(await fixture.launcher.exec(plan))).stdout).toBe('0\n1\n2\n');
    await target.kill(9);
    await target.exited;
  });

  test('a limit over what the host permits is clamped with a warning', async () => {
    const plan = await fixture.plan(
      processPlan(['sh', '-c', 'ulimit -n; ulimit -c'], {
        rlimits: [
          { resource: 7, soft: 1n << 30n, hard: 1n << 30n },
          { resource: 4, soft: 4096n, hard: 8192n },
        ],
      }),
    );
    const process = await fixture.launcher.launch(plan);
    const permitted = Number(/Max open files\s+\d+\s+(\d+)/.exec(await readFile('/proc/self/limits', 'utf8'))?.[1]);
    expect(process.warnings).toEqual([expect.stringContaining(`lowered to ${permitted}`)]);
    expect((await fixture.finish(process)).stdout).toBe(`${permitted}\n8\n`);
  });

  test('umask, directory, host name, environment', async () => {
    const { stdout } = await fixture.shell(
      'umask; pwd; hostname; env | grep -c .',
      { umask: 0o027, cwd: '/new/work', env: ['PATH=/bin', 'A=1'] },
      { hostname: 'box' },
    );
    expect(stdout).toBe('0027\n/new/work\nbox\n5\n');
  });

  test('the process sees only itself', async () => {
    expect((await fixture.shell('echo $$; set -- /proc/[0-9]*; echo $#')).stdout).toBe('1\n1\n');
  });

  test('init reaps and is not the command', async () => {
    const { stdout, exitCode } = await fixture.shell(
      'echo $$; (sleep 0.05 &); sleep 0.2; set -- /proc/[0-9]*; echo $#; exit 9',
      {},
      { init: true },
    );
    expect(stdout).toBe('2\n2\n');
    expect(exitCode).toBe(9);
  });

  test('init is called as Docker’s is, and tells nothing of the host', async () => {
    const { stdout } = await fixture.shell('cat /proc/1/comm /proc/1/cmdline', {}, { init: true });
    expect(stdout).toMatch(/^docker-init\n\/sbin\/docker-init -- sh -c cat/);
    expect(stdout).not.toMatch(/zygote|--run-dir/);
  });

  test('read-only root', async () => {
    const plan = await fixture.plan(processPlan(['sh', '-c', 'touch /x; touch /dev/shm/y && echo ok']));
    const outcome = await fixture.finish(
      await fixture.launcher.launch({ ...plan, root: { ...plan.root, readonly: true } }),
    );
    expect(outcome.stderr).toContain('Read-only');
    expect(outcome.stdout).toBe('ok\n');
  });

  test('sysctls go to the container alone', async () => {
    const before = await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8');
    const { stdout } = await fixture.shell(
      'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shm_rmid_forced',
      {},
      {
        sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }],
        network: {
          namespace: 'new',
          endpoints: [],
          ports: [],
          sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '7' }],
          resolver: '',
        },
      },
    );
    expect(stdout).toBe('7\n1\n');
    expect(await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')).toBe(before);
  });
});

describe('hostile images', () => {
  async function hostile(change: (layer: string) => Promise<unknown>): Promise<string> {
    const layer = join(fixture.directory, `hostile-${Math.random().toString(36).slice(2)}`);
    await cp(fixture.layer, layer, { recursive: true, verbatimSymlinks: true });
    await change(layer);
    return layer;
  }

  async function launchOn(layer: string, script: string, cwd = '/') {
    const plan = await fixture.plan(processPlan(['sh', '-c', script], { cwd }));
    return fixture.finish(await fixture.launcher.launch({ ...plan, root: { ...plan.root, lower: [layer] } }));
  }

  test.each(['proc', 'dev', 'sys'])('/%s as a link is refused and nothing is made where it points', async (name) => {
    const bait = join(fixture.directory, 'bait');
    await mkdir(bait, { recursive: true });
    const layer = await hostile((path) => symlink(bait, join(path, name)));
    await expect(launchOn(layer, 'true')).rejects.toMatchObject({ kind: 'bad-mount' });
    expect((await import('node:fs')).readdirSync(bait)).toEqual([]);
  });

  test('/dev/pts and /dev/shm come from the tmpfs, not from the image', async () => {
    const layer = await hostile(async (path) => {
      await mkdir(join(path, 'dev'));
      await symlink('/etc', join(path, 'dev/shm'));
      await symlink('/etc/passwd', join(path, 'dev/null'));
    });
    expect((await launchOn(layer, 'readlink /dev/shm || echo directory; [ -c /dev/null ] && echo device')).stdout).toBe(
      'directory\ndevice\n',
    );
  });

  test.each([3, 4, 5, 7, 8, 10, 15, 20, 30])('working directory /proc/self/fd/%i is refused', async (fd) => {
    await expect(fixture.run(['pwd'], { cwd: `/proc/self/fd/${fd}` })).rejects.toMatchObject({ kind: 'bad-cwd' });
    await expect(fixture.run(['pwd'], { cwd: `/proc/self/fd/${fd}/../..` })).rejects.toMatchObject({ kind: 'bad-cwd' });
  });

  test('exec with a working directory in /proc/self/fd is refused', async () => {
    const target = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60'])));
    await target.start();
    for (let fd = 3; fd < 24; fd++) {
      const plan = fixture.execPlan(target, processPlan(['pwd'], { cwd: `/proc/self/fd/${fd}` }));
      await expect(fixture.launcher.exec(plan).then((exec) => fixture.finish(exec))).rejects.toMatchObject({
        kind: 'bad-cwd',
      });
    }
    await target.kill(9);
    await target.exited;
  });

  test('a container with every capability never sees the host through a process that is entering it', async () => {
    const marker = fixture.directory;
    const script = `while true; do for p in /proc/[0-9]*; do [ -e $p/root${marker} ] && echo seen $p; for f in $p/fd/*; do [ -e $f/zygote.sock ] && echo seen $f; done; done; done`;
    const plan = await fixture.plan(processPlan(['sh', '-c', script], { capabilities: masks((1n << 41n) - 1n) }));
    const spy = await fixture.launcher.launch(plan);
    await spy.start();
    for (let round = 0; round < 60; round++)
      await fixture.launcher.exec(fixture.execPlan(spy, processPlan(['true']))).then((exec) => fixture.finish(exec));
    await spy.kill(9);
    await spy.exited;
    expect((await readFile(plan.logPath ?? '', 'latin1')).match(/seen [^ ]*/g)).toBeNull();
  });

  test.each([[false], [true]])(
    'a process that enters a container never has more than the container’s privileges in there (terminal: %s)',
    async (tty) => {
      // Its own bounding set, without a filter, against what any process it sees has or lacks.
      const script = `
        while true; do for p in /proc/[0-9]*; do
          { while read -r key value; do case $key in
            CapPrm:) [ $((0x$value & ~0x${ALLOWED.toString(16)})) = 0 ] || echo "seen capabilities $value";;
            Seccomp:) [ "$value" = 2 ] || echo "seen without a filter";;
          esac; done; } < $p/status 2> /dev/null
        done; done`;
      const confined = { capabilities: masks(ALLOWED), seccomp: compileSeccomp(PERMISSIVE, SECCOMP_CONTEXT) };
      const plan = await fixture.plan(processPlan(['sh', '-c', script], confined));
      const spy = await fixture.launcher.launch(plan);
      await spy.start();
      for (let round = 0; round < 60; round++) {
        const exec = await fixture.launcher.exec(fixture.execPlan(spy, processPlan(['true'], { ...confined, tty })));
        await fixture.finish(exec);
      }
      await spy.kill(9);
      await spy.exited;
      expect((await readFile(plan.logPath ?? '', 'latin1')).match(/seen [^\n]*/g)).toBeNull();
    },
  );

  test('a filter that lets no process be made leaves exec as it is', async () => {
    const noClone = { ...PERMISSIVE, syscalls: [{ names: ['clone', 'fork', 'vfork'], action: 'SCMP_ACT_ERRNO' }] };
    const seccomp = compileSeccomp(noClone, SECCOMP_CONTEXT);
    const target = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60'], { seccomp })));
    await target.start();
    const plan = fixture.execPlan(target, processPlan(['cat', '/proc/self/status'], { seccomp }));
    const outcome = await fixture.finish(
      await fixture.launcher.exec({ ...plan, restrictBeforeBirth: permitsBirth(seccomp) }),
    );
    expect(outcome.stdout).toMatch(/^Seccomp:\t2$/m);
    await target.kill(9);
    await target.exited;
  });

  test('a limit of processes counts the one that exec makes, and no other', async () => {
    const limited = { user: '4711', rlimits: [{ resource: 6, soft: 2n, hard: 2n }] };
    const target = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60'], limited)));
    await target.start();
    const exec = await fixture.launcher.exec(fixture.execPlan(target, processPlan(['sh', '-c', 'ulimit -u'], limited)));
    expect(await fixture.finish(exec)).toMatchObject({ exitCode: 0, stdout: '2\n' });
    await target.kill(9);
    await target.exited;
  });

  test('a limit of open files leaves an exec what a start has', async () => {
    const limited = { rlimits: [{ resource: 7, soft: 6n, hard: 6n }] };
    const target = await fixture.launcher.launch(await fixture.plan(processPlan(['sleep', '60'], limited)));
    await target.start();
    const exec = await fixture.launcher.exec(fixture.execPlan(target, processPlan(['sh', '-c', 'ulimit -n'], limited)));
    expect(await fixture.finish(exec)).toMatchObject({ exitCode: 0, stdout: '6\n' });
    await target.kill(9);
    await target.exited;
  });

  test('/proc/self/exe as the command leaves the launcher alone', async () => {
    const hash = async (): Promise<string> =>
      createHash('sha256')
        .update(await readFile(builtLauncher))
        .digest('hex');
    const before = await hash();
    const outcome = await fixture
      .run(['/proc/self/exe', 'zygote', '--run-dir', '/tmp'])
      .catch((error: unknown) => error);
    expect(outcome).toBeDefined();
    expect(await hash()).toBe(before);
  });

  test('a link to /proc is no place for a mount, an absolute link in the image resolves inside', async () => {
    const source = join(fixture.directory, 'volume');
    await mkdir(source, { recursive: true });
    const linked = await hostile((path) => symlink('/proc', join(path, 'data')));
    const trap = await fixture.plan(processPlan(['true']));
    await expect(
      fixture.launcher.launch({
        ...trap,
        root: { ...trap.root, lower: [linked] },
        mounts: [...trap.mounts, bind(source, '/data/sys')],
      }),
    ).rejects.toMatchObject({ kind: 'bad-mount' });
    const layer = await hostile((path) => symlink('/etc', join(path, 'outside')));
    const plan = await fixture.plan(processPlan(['sh', '-c', 'echo data > /etc/inside/file']));
    const outcome = await fixture.finish(
      await fixture.launcher.launch({
        ...plan,
        root: { ...plan.root, lower: [layer] },
        mounts: [...plan.mounts, bind(source, '/outside/inside')],
      }),
    );
    expect(outcome).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await readFile(join(source, 'file'), 'utf8')).toBe('data\n');
    expect(existsSync('/etc/inside')).toBe(false);
  });
});

describe('mounts', () => {
  test('a read-only bind, a single file, propagation', async () => {
    const source = join(fixture.directory, 'shared');
    await mkdir(source, { recursive: true });
    await writeFile(join(source, 'file'), 'content\n');
    const plan = await fixture.plan(
      processPlan(['sh', '-c', 'cat /data/file /etc/one; touch /data/x; grep " /data " /proc/self/mountinfo']),
    );
    const outcome = await fixture.finish(
      await fixture.launcher.launch({
        ...plan,
        mounts: [
          ...plan.mounts,
          bind(source, '/data', { readonly: true, nosuid: true }),
          bind(join(source, 'file'), '/etc/one'),
        ],
      }),
    );
    expect(outcome.stdout).toMatch(/^content\ncontent\n/);
    expect(outcome.stdout).toMatch(/ \/data ro,nosuid[^\n]* - /);
    expect(outcome.stderr).toContain('Read-only');
  });

  test('a source that was decided on by its path is mounted only if no link is on the way', async () => {
    const source = join(fixture.directory, 'decided');
    await mkdir(join(source, 'real'), { recursive: true });
    await writeFile(join(source, 'real', 'file'), 'content\n');
    await symlink('real', join(source, 'link'));
    const plan = await fixture.plan(processPlan(['cat', '/data/file']));
    const mounted = (path: string, sourceWithoutLinks: boolean) =>
      fixture.launcher.launch({ ...plan, mounts: [...plan.mounts, bind(path, '/data', { sourceWithoutLinks })] });
    await expect(mounted(join(source, 'link'), true)).rejects.toMatchObject({ kind: 'bad-mount' });
    expect((await fixture.finish(await mounted(join(source, 'real'), true))).stdout).toBe('content\n');
    expect((await fixture.finish(await mounted(join(source, 'link'), false))).stdout).toBe('content\n');
  });

  // Paths over 255 bytes are as all paths are for kernels before 6.8: fsconfig(2) takes no layer.
  test.each([
    ['short', 'l'],
    ['long', join('l'.repeat(200), 'l'.repeat(200))],
  ])('layers with %s paths are one tree, also a part of it', async (name, below) => {
    const layers = ['top', 'bottom'].map((layer) => join(fixture.directory, 'layers', name, below, layer));
    for (const layer of layers) {
      await mkdir(join(layer, 'part'), { recursive: true });
      await writeFile(join(layer, 'part/file'), `${layer.slice(layer.lastIndexOf('/') + 1)}\n`);
      await writeFile(join(layer, 'part', layer.slice(layer.lastIndexOf('/') + 1)), 'own\n');
    }
    const overlay = (part: string, destination: string) =>
      bind('overlay', destination, {
        part,
        type: 'overlay',
        readonly: true,
        data: `lowerdir=${layers.join(':')}`,
      });
    const script =
      'cd /whole/part; cat file top bottom; cat /part/file /part/bottom; touch /whole/x /part/x; ls /whole';
    const plan = await fixture.plan(processPlan(['sh', '-c', script]));
    const mounts = [...plan.mounts, overlay('', '/whole'), overlay('part', '/part')];
    const { stdout, stderr } = await fixture.finish(await fixture.launcher.launch({ ...plan, mounts }));
    expect(stdout).toBe('top\nown\nown\ntop\nown\npart\n');
    expect(stderr.match(/Read-only file system/g)).toHaveLength(2);
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(fixture.directory);
  });

  test('a missing source is a bad mount and leaves nothing', async () => {
    const plan = await fixture.plan(processPlan(['true']));
    await expect(
      fixture.launcher.launch({ ...plan, mounts: [...plan.mounts, bind('/absent/x', '/data')] }),
    ).rejects.toMatchObject({ kind: 'bad-mount' });
    expect(existsSync(plan.socketPath)).toBe(false);
    expect(await fixture.launcher.readExit(plan.stateDirectory)).toBeNull();
  });

  test('changes land in the upper directory', async () => {
    const plan = await fixture.plan(processPlan(['sh', '-c', 'echo new > /made']));
    await fixture.finish(await fixture.launcher.launch(plan));
    expect(await readFile(join(plan.root.upper, 'made'), 'utf8')).toBe('new\n');
    expect((await stat(join(plan.root.upper, 'made'))).isFile()).toBe(true);
  });

  test('a capability that is dropped is really gone', async () => {
    const { stderr } = await fixture.shell('mount -t tmpfs none /tmp', { capabilities: masks(0n) });
    expect(stderr).toMatch(/denied|permitted/);
  });
});
