import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { importImage, probeEntry, symlink } from '../fixtures/hostile-images.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { freePort } from '../fixtures/registry.ts';

const LAUNCHER = fileURLToPath(new URL('../../build/launcher/berth-launcher', import.meta.url));
const IMAGE = 'test/hostile:latest';

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** What containers, images and their files have tried against container engines, each row with the flaw it was. */
describe.each(ENGINE_MODES)('attacks on the engine as %s', (mode) => {
  const engine = new EngineProcess(mode);
  let before: Traces;
  /** A directory of the host that no container was given. */
  let host: string;

  beforeAll(async () => {
    host = mkdtempSync('/tmp/berth-host-');
    chmodSync(host, 0o777);
    writeFileSync(`${host}/marker`, 'of the host');
    await engine.start();
    await importImage(engine, IMAGE, [probeEntry()]);
    engine.dockerOk(['run', '--rm', IMAGE, 'true']);
    before = traces(engine);
  });

  afterAll(async () => {
    const containers = engine.docker(['ps', '-a', '--format', '{{.Image}} {{.Command}} {{.Status}}']).stdout;
    const left = await leftovers(engine, before);
    await engine.dispose();
    const inHost = readdirSync(host);
    rmSync(host, { recursive: true, force: true });
    expect(containers).toBe('');
    expect(left).toEqual({});
    expect(inHost).toEqual(['marker']);
  });

  const run = (args: readonly string[]): { code: number; stdout: string; stderr: string } =>
    engine.docker(['run', '--rm', ...args]);
  const out = (args: readonly string[]): string => {
    const result = run(args);
    expect(result, result.stderr).toMatchObject({ code: 0 });
    return result.stdout.trim();
  };
  const start = (...args: string[]): string => engine.dockerOk(['run', '-d', ...args]);
  const remove = (...ids: string[]): void => void engine.dockerOk(['rm', '-f', ...ids]);

  describe('the launcher itself', () => {
    it('CVE-2019-5736: is not overwritten through /proc/*/exe of a start or an exec', () => {
      const hash = sha256(LAUNCHER);
      const id = start('--cap-add', 'SYS_PTRACE', IMAGE, 'probe', 'overwrite', '4');
      for (let count = 0; count < 20; count += 1) engine.docker(['exec', id, '/proc/self/exe', 'zygote']);
      engine.dockerOk(['wait', id]);
      expect(engine.dockerOk(['logs', id])).toBe('done');
      remove(id);
      expect(sha256(LAUNCHER)).toBe(hash);
      expect(out([IMAGE, 'echo', 'as before'])).toBe('as before');
    });

    it('CVE-2019-5736: gives an image whose command is /proc/self/exe nothing of the host', () => {
      const result = run([
        '--network',
        'none',
        '--entrypoint',
        '/proc/self/exe',
        IMAGE,
        'zygote',
        '--run-dir',
        '/tmp/z',
      ]);
      expect(result.code).not.toBe(0);
      expect(existsSync('/tmp/z')).toBe(false);
    });

    it('lends an exec no privilege that a container with CAP_SYS_PTRACE could take', () => {
      const id = start('--cap-add', 'SYS_PTRACE', IMAGE, 'probe', 'seize', '3');
      // A process that is held does not end by itself: it is let go with its holder.
      for (let count = 0; count < 20; count += 1) engine.docker(['exec', '-d', id, 'true']);
      engine.dockerOk(['wait', id]);
      expect(engine.dockerOk(['logs', id])).toBe('done');
      remove(id);
    });

    it('CVE-2024-21626: leaves no descriptor open in a first process or an exec', () => {
      const id = start(IMAGE, 'sleep', '600');
      const list = (text: string): string[] => text.split('\n').filter((line) => line !== '');
      expect(list(engine.dockerOk(['exec', id, 'ls', '/proc/1/fd']))).toEqual(['0', '1', '2']);
      const own = engine.dockerOk(['exec', id, 'sh', '-c', 'ls /proc/$$/fd; true']);
      expect(list(own)).toEqual(['0', '1', '2']);
      remove(id);
    });

    it('CVE-2024-21626: refuses a working directory of /proc/self/fd/N', () => {
      const id = start(IMAGE, 'sleep', '600');
      for (let fd = 3; fd < 16; fd += 1) {
        const cwd = `/proc/self/fd/${fd}`;
        const first = run(['--network', 'none', '-w', cwd, IMAGE, 'ls', '../../../../../../../../..' + host]);
        expect(first.code, cwd).not.toBe(0);
        expect(first.stdout).not.toContain('marker');
        const second = engine.docker(['exec', '-w', cwd, id, 'ls', '../../../../../../../../..' + host]);
        expect(second.code, cwd).not.toBe(0);
        expect(second.stdout).not.toContain('marker');
      }
      remove(id);
    });

    it('CVE-2016-9962: shows nothing of the host while a process joins the pid namespace of a container', async () => {
      // With CAP_SYS_PTRACE it could: see the launcher's README.
      const id = start(IMAGE, 'probe', 'peek', '4', `${host}/marker`);
      // Shorter than it looks on, however slow the machine is.
      for (let count = 0, end = Date.now() + 2500; Date.now() < end; count += 1) {
        const { Id } = (
          await engine.api('POST', '/containers/create', {
            Image: IMAGE,
            Cmd: ['true'],
            HostConfig: { PidMode: `container:${id}`, NetworkMode: 'none', AutoRemove: true },
          })
        ).json() as { Id: string };
        const removed = engine.api('POST', `/containers/${Id}/wait?condition=removed`);
        const answer = await engine.api('POST', `/containers/${Id}/start`);
        await removed;
        if (answer.status !== 204 && count > 3) {
          // On a slow machine it has looked for as long as it looks.
          expect(engine.dockerOk(['inspect', '-f', '{{.State.Status}}', id]), answer.body).toBe('exited');
          break;
        }
        expect(answer.status, answer.body).toBe(204);
        if (count % 8 === 0) engine.docker(['exec', id, 'true']);
      }
      engine.dockerOk(['wait', id]);
      expect(engine.dockerOk(['logs', id])).toBe('done');
      remove(id);
    });
  });

  describe('images', () => {
    it.each(['dev', 'proc', 'sys'])('CVE-2019-18837, CVE-2026-41579: with a link at /%s lead nowhere', async (name) => {
      const image = await importImage(engine, `test/link-${name}`, [symlink(name, host)]);
      const result = run(['--network', 'none', image, 'ls', `/${name}`]);
      expect(result.code).toBe(125);
      expect(result.stderr).toMatch(/too many levels of symbolic links|not a directory/);
    });

    it.each([
      ['dev/pts', '/etc'],
      ['dev/shm', '/etc'],
      ['dev/null', '/etc/passwd'],
      ['dev/console', '/etc/passwd'],
    ])('CVE-2025-31133, CVE-2025-52565: with a link at /%s get the real one', async (name, target) => {
      const image = await importImage(engine, 'test/link-below', [
        { name: 'dev', type: 'directory' },
        symlink(name, target),
      ]);
      expect(out(['-t', image, 'sh', '-c', `test -L /${name} || echo real`])).toBe('real');
      expect(out([image, 'sh', '-c', 'stat -c "%t:%T" /dev/null; cat /proc/keys /proc/timer_list'])).toBe('1:3');
    });

    it.each([
      ['etc/hosts', '/../../../../..'],
      ['etc/resolv.conf', '/../../../../..'],
      ['etc/hostname', ''],
    ])('CVE-2024-45310: with a link at /%s make no file on the host', async (name, up) => {
      const image = await importImage(engine, 'test/link-etc', [symlink(name, `${up}${host}/made`)]);
      run([image, 'true']);
      expect(readdirSync(host)).toEqual(['marker']);
    });

    it('CVE-2022-23648: with a volume at /../../etc see nothing of the host', async () => {
      writeFileSync(`${host}/marker`, 'of the host');
      const image = await importImage(
        engine,
        'test/volume',
        [],
        [`VOLUME ["/../../..${host}"]`, 'VOLUME ["/../../etc"]'],
      );
      const result = run([image, 'sh', '-c', `cat ${host}/marker; cat /etc/os-release`]);
      expect(result.stdout).not.toContain('of the host');
    });

    it('CVE-2026-53488: have labels that are data only', async () => {
      const labels = {
        'berth.command': `touch ${host}/labelled`,
        'io.containerd.image.name': 'docker.io/library/other:latest',
        'org.opencontainers.image.ref.name': '../../other',
        'com.docker.compose.project': '$(reboot)',
      };
      const changes = Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`);
      const image = await importImage(engine, 'test/labels', [], changes);
      expect(JSON.parse(engine.dockerOk(['inspect', '-f', '{{json .Config.Labels}}', image]))).toEqual(labels);
      out([image, 'true']);
      expect(engine.dockerOk(['images', '-q', 'other'])).toBe('');
    });

    it.each([
      'sha256:../../../etc/passwd',
      'sha256:%2e%2e%2f%2e%2e',
      `sha256:${'g'.repeat(64)}`,
      'sha256:',
      'none:abc',
    ])('CVE-2024-3727: by the digest %j are refused before anything is asked for', async (digest) => {
      const path = `/images/create?fromImage=${encodeURIComponent('127.0.0.1:1/x')}&tag=${encodeURIComponent(digest)}`;
      const { status, body } = await engine.api('POST', path);
      expect([status, body]).toEqual([400, expect.stringMatching(/invalid|reference/)]);
    });

    it('CVE-2024-40635: with a user over the range are refused', async () => {
      const image = await importImage(engine, 'test/user', [], ['USER 4294967296']);
      expect(run([image, 'id'])).toMatchObject({ code: 125, stdout: '' });
    });

    it.each([
      ['a FIFO', { type: 'fifo' as const }],
      ['a link to a device', { type: 'symlink' as const, linkname: '/dev/zero' }],
      ['huge', { content: `${'x'.repeat(63)}\n`.repeat(300_000) }],
      ['a directory', { type: 'directory' as const }],
    ])('CVE-2024-9676: whose passwd is %s neither hang nor exhaust the engine', async (_, entry) => {
      const image = await importImage(engine, 'test/passwd', [{ name: 'etc/passwd', ...entry }]);
      expect(run(['-u', 'app', image, 'id'])).toMatchObject({
        code: 125,
        stderr: expect.stringMatching(/unable to find user app/),
      });
      // Not `id`: reading its own FIFO is the container's affair.
      expect(out(['-u', '0', image, 'echo', 'runs'])).toBe('runs');
    });

    it('CVE-2019-14271, CVE-2022-1227: have none of their programs or libraries run for top', async () => {
      const trap = { mode: 0o755, content: '#!/bin/sh\necho trapped > /trapped\n' };
      const image = await importImage(engine, 'test/trap', [
        { name: 'bin/ps', ...trap },
        { name: 'etc/ld.so.preload', content: '/lib/trap.so\n' },
        { name: 'etc/nsswitch.conf', content: 'passwd: trap\n' },
      ]);
      const id = start(image, 'sleep', '600');
      expect(engine.dockerOk(['top', id])).toContain('sleep 600');
      expect(engine.docker(['exec', id, 'cat', '/trapped']).code).not.toBe(0);
      remove(id);
    });
  });

  describe('processes', () => {
    it('CVE-2022-24769, CVE-2022-29162: have no inheritable or ambient capability in a run or an exec', () => {
      const id = start('-u', 'app', '--cap-add', 'NET_ADMIN', IMAGE, 'sleep', '600');
      const none = /CapInh:\t0+\nCapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0*a80435fb\nCapAmb:\t0+/;
      expect(engine.dockerOk(['exec', id, 'grep', '^Cap', '/proc/1/status'])).toMatch(none);
      expect(engine.dockerOk(['exec', id, 'grep', '^Cap', '/proc/self/status'])).toMatch(none);
      const root = engine.dockerOk(['exec', '-u', '0', id, 'grep', '^Cap', '/proc/self/status']);
      expect(root).toMatch(/CapInh:\t0+\n[^]*CapEff:\t0*a80435fb\n[^]*CapAmb:\t0+/);
      remove(id);
    });

    it.each([
      '2147483648',
      '4294967295',
      '4294967296',
      '4294967296:0',
      '0:4294967296',
      '-1',
      '0x0',
      '+0',
      ' 0',
      '0 ',
      'app:app:0',
      'app:-1',
    ])('CVE-2026-30892, CVE-2024-40635: cannot be of user %j', (user) => {
      expect(run(['--network', 'none', '-u', user, IMAGE, 'id'])).toMatchObject({ code: 125, stdout: '' });
    });

    it('CVE-2026-30892: cannot be exec’d as such users either', () => {
      const id = start(IMAGE, 'sleep', '600');
      for (const user of ['4294967296', '-1', '0x0', 'app:app:0', 'app:-1']) {
        const result = engine.docker(['exec', '-u', user, id, 'id']);
        expect(result.code, user).not.toBe(0);
        expect(result.stdout).not.toContain('uid=');
      }
      remove(id);
    });

    it('CVE-2023-25173, CVE-2022-36109: are of exactly the groups that their user has', () => {
      const id = start(IMAGE, 'sleep', '600');
      for (const [user, groups] of [
        ['', '0'],
        ['app', '1000 2000'],
        ['1000', '1000 2000'],
        ['app:extra', '2000'],
        ['1234', '0'],
        ['1234:5678', '5678'],
        ['0:0', '0'],
      ] as const) {
        expect(out(['--network', 'none', '-u', user, IMAGE, 'id', '-G']), user).toBe(groups);
        expect(engine.dockerOk(['exec', '-u', user, id, 'id', '-G']), user).toBe(groups);
      }
      expect(out(['-u', 'app', '--group-add', '7', IMAGE, 'id', '-G'])).toBe('1000 7 2000');
      remove(id);
    });

    it('CVE-2026-31431 and others: are refused the calls that reach around the fence', () => {
      const results = new Map(
        out([IMAGE, 'probe', 'calls'])
          .split('\n')
          .map((line) => line.split(' ') as [string, string]),
      );
      expect(Object.fromEntries(results)).toEqual({
        'socket-alg': 'EPERM',
        keyctl: 'EPERM',
        add_key: 'EPERM',
        'unshare-user': 'EPERM',
        'unshare-mount': 'EPERM',
        'clone-user': 'EPERM',
        clone3: 'ENOSYS',
        mount: 'EPERM',
        umount: 'EPERM',
        bpf: 'EPERM',
        open_by_handle_at: 'EPERM',
        fsopen: 'EPERM',
        init_module: 'EPERM',
        reboot: 'EPERM',
        done: undefined,
      });
    });

    it('CVE-2023-25809, CVE-2022-0492: cannot write to the control groups', () => {
      const script =
        'cd /sys/fs/cgroup; for d in . *; do mkdir $d/new && echo made $d; echo 1 > $d/cgroup.procs && echo moved $d; ' +
        'echo /x > $d/release_agent && echo agent $d; echo 1 > $d/notify_on_release && echo notify $d; done 2>/dev/null; true';
      expect(out([IMAGE, 'sh', '-c', script])).toBe('');
    });

    it('cannot write where the kernel’s own switches are', () => {
      const script =
        'for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/sys/kernel/hostname /proc/irq/default_smp_affinity ' +
        '/sys/kernel/uevent_helper /sys/kernel/mm/ksm/run; do { echo "|/x" > $f; } 2>/dev/null && echo wrote $f; done; true';
      expect(out([IMAGE, 'sh', '-c', script])).toBe('');
    });

    it('cannot open a disk of the host by a node of their own', () => {
      const disk = execFileSync('cat', [`/sys/class/block/${readdirSync('/sys/class/block')[0] ?? ''}/dev`]).toString();
      const [major = '', minor = ''] = disk.trim().split(':');
      const script = `mknod /disk b ${major} ${minor}; dd if=/disk of=/dev/null bs=512 count=1; mknod /mem c 1 1; dd if=/mem of=/dev/null bs=1 count=1`;
      const result = run([IMAGE, 'sh', '-c', script]);
      expect(result.code).not.toBe(0);
      expect(result.stderr).not.toMatch(/records out/);
      expect(result.stderr.match(/Operation not permitted|No such file/g)?.length).toBeGreaterThanOrEqual(2);
    });

    it('see only the processes of their own container', () => {
      const other = start(IMAGE, 'sleep', '4242');
      const seen = out([IMAGE, 'sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "; ls -d /proc/[0-9]*']);
      expect(seen).not.toContain('4242');
      expect(seen.split('\n').filter((line) => line.startsWith('/proc/')).length).toBeLessThanOrEqual(3);
      remove(other);
    });

    it('CVE-2020-14370: have no variable of the engine or of another container', () => {
      expect(
        out([IMAGE, 'env'])
          .split('\n')
          .map((line) => line.split('=')[0])
          .sort(),
      ).toEqual(['HOME', 'HOSTNAME', 'PATH']);
    });
  });

  describe('mounts', () => {
    const refused = /not allowed|inside \/proc|invalid/;

    it.each([
      ['-v', 'HOST:/proc'],
      ['-v', 'HOST:/proc/self'],
      ['-v', 'HOST:/proc/sys'],
      ['-v', 'HOST:/proc/../proc/sys/kernel'],
      ['-v', 'HOST:/sys'],
      ['-v', 'volume:/proc'],
      ['-v', 'HOST/marker:/proc/sysrq-trigger'],
      ['-v', 'HOST/marker:/proc/self/attr/exec'],
      ['--mount', 'type=bind,source=HOST,target=/proc'],
      ['--mount', 'type=tmpfs,target=/proc/acpi'],
      ['--mount', 'type=tmpfs,target=/sys'],
      ['--tmpfs', '/proc'],
      ['--tmpfs', '/proc/sys'],
    ])('CVE-2019-16884, CVE-2019-19921, CVE-2023-27561: refuses %s %s', (flag, value) => {
      const result = run([flag, value.replace('HOST', host), IMAGE, 'true']);
      expect(result).toMatchObject({ code: 125, stderr: expect.stringMatching(refused) });
    });

    it.each([
      ['-v', 'HOST:/data'],
      ['-v', 'volume:/data/sys/kernel'],
      ['--tmpfs', '/data'],
      ['--tmpfs', '/data/irq'],
    ])('CVE-2023-28642: refuses %s %s when the image has a link to /proc there', async (flag, value) => {
      const image = await importImage(engine, 'test/data', [symlink('data', '/proc')]);
      const result = run([flag, value.replace('HOST', host), image, 'true']);
      expect(result).toMatchObject({ code: 125, stderr: expect.stringMatching(refused) });
    });

    it('allows what file systems of statistics cover in /proc, and the host’s own /sys', () => {
      chmodSync(`${host}/marker`, 0o644);
      expect(out(['-v', `${host}/marker:/proc/uptime:ro`, IMAGE, 'cat', '/proc/uptime'])).toBe('of the host');
      expect(out(['-v', '/sys:/sys:ro', IMAGE, 'ls', '/sys/kernel'])).toContain('mm');
    });

    it('brings nothing into a container that the host mounts later, over a device say', async (context) => {
      if (process.getuid?.() !== 0) context.skip('needs root, to share the mounts as systemd does');
      const machine = spawn('unshare', ['-m', '--propagation', 'shared', 'sh', '-c', 'echo ready; exec sleep 600'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const other = new EngineProcess(mode);
      try {
        await once(machine.stdout, 'data');
        other.mountsOf = machine.pid ?? 0;
        await other.start();
        await importImage(other, IMAGE, [probeEntry()]);
        const show = ['run', '--rm', '-v', `${host}:/data`, IMAGE, 'cat', '/proc/self/mountinfo'];
        const mounts = other.dockerOk(show).split('\n');
        expect(mounts.length).toBeGreaterThan(10);
        expect(mounts.filter((line) => /\b(?:shared|master):/.test(line))).toEqual([]);
      } finally {
        await other.dispose();
        machine.kill('SIGKILL');
      }
    });

    it('CVE-2021-30465, CVE-2024-45310: lets no exchanged link lead a mount out of the container', async () => {
      const race = start(
        '-v',
        'race:/race',
        IMAGE,
        'sh',
        '-c',
        `mkdir -p /race/a/m; ln -s ../../../../../../../../../../..${host} /race/b; exec probe exchange /race/a /race/b`,
      );
      const mounts = (): string => readFileSync('/proc/self/mountinfo', 'utf8');
      const pristine = mounts();
      let started = 0;
      for (let count = 0; count < 150; count += 1) {
        const { Id } = (
          await engine.api('POST', '/containers/create', {
            Image: IMAGE,
            Cmd: ['true'],
            HostConfig: { NetworkMode: 'none', Binds: ['race:/race', 'other:/race/a/m', 'third:/race/a/new/deep'] },
          })
        ).json() as { Id: string };
        const answer = await engine.api('POST', `/containers/${Id}/start`);
        if (answer.status === 204) started += 1;
        expect([204, 400, 500], answer.body).toContain(answer.status);
        expect((await engine.api('DELETE', `/containers/${Id}?force=1`)).status).toBe(204);
      }
      remove(race);
      expect(started).toBeGreaterThan(0);
      expect(readdirSync(host)).toEqual(['marker']);
      expect(mounts()).toBe(pristine);
    });
  });

  describe('the host', () => {
    it('CVE-2021-41091, CVE-2021-41103: keeps set-id files in layers from its other users', async () => {
      const image = await importImage(engine, 'test/setuid', [
        { name: 'bin/raise', mode: 0o4755, content: readFileSync('/bin/busybox') },
      ]);
      const id = start(image, 'sleep', '600');
      const found = execFileSync('find', [engine.dataRoot, '-name', 'raise']).toString().trim().split('\n');
      expect(found.length).toBeGreaterThan(0);
      // The fixture's own directory must not be what keeps others out.
      chmodSync(engine.directory, 0o755);
      for (const path of [
        ...found,
        `${engine.execRoot}/m`,
        `${engine.dataRoot}/containers/${id}`,
        `${engine.dataRoot}/volumes`,
      ]) {
        const other = spawnSync('/bin/busybox', ['stat', path], { uid: 65_534, gid: 65_534 });
        expect(other.stderr.toString(), path).toContain('Permission denied');
      }
      remove(id);
    });

    it('CVE-2020-15257: has no abstract socket of the engine that a container with the host’s network could use', () => {
      const sockets = out(['--network', 'host', IMAGE, 'cat', '/proc/net/unix']);
      expect(sockets).not.toMatch(/@.*berth/);
    });

    it('CVE-2020-13401: takes no router advertisements, in a container or on its bridge', () => {
      const files = '/proc/sys/net/ipv6/conf/eth0/accept_ra';
      const result = run([IMAGE, 'sh', '-c', `cat ${files} 2>/dev/null || echo 0`]);
      expect(result.stdout.trim()).toBe('0');
      const bridges = readdirSync('/sys/class/net').filter((name) => existsSync(`/sys/class/net/${name}/bridge`));
      for (const name of mode === 'root' ? bridges : []) {
        const path = `/proc/sys/net/ipv6/conf/${name}/accept_ra`;
        if (name.startsWith('b') && existsSync(path)) expect(readFileSync(path, 'utf8').trim(), name).toBe('0');
      }
    });

    it('CVE-2021-20199: never shows a published port’s clients as loopback', async () => {
      const port = await freePort();
      const id = start('-p', `127.0.0.1:${port}:80`, IMAGE, 'sh', '-c', 'mkdir /w; exec httpd -f -v -p 80 -h /w');
      const answered = (): Promise<number> =>
        new Promise((resolve) => {
          get({ host: '127.0.0.1', port }, (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          }).on('error', () => {
            resolve(0);
          });
        });
      await expect.poll(answered).toBe(404);
      const log = engine.docker(['logs', id]);
      expect(log.stderr).toMatch(/\d+\.\d+\.\d+\.\d+/);
      expect(log.stderr).not.toMatch(/\b127\.|\[::1\]/);
      remove(id);
    });
  });
});
