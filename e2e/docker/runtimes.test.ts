import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { freePort } from '../fixtures/registry.ts';
import { loopDisk } from '../fixtures/loop-disk.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';
import { CONFIGURATIONS, SECCOMP_PROFILES } from './runtime/configurations.ts';
import { unexplained } from './runtime/report.ts';

const PROBE_SOURCE = fileURLToPath(new URL('runtime/probe.c', import.meta.url));
const isRoot = process.getuid?.() === 0;
const RUNC = ['/usr/local/sbin', '/usr/sbin', '/usr/bin'].map((directory) => `${directory}/runc`).find(existsSync);

/** All of the table with BERTH_RUNTIME_TABLE=1, else every sixteenth configuration. */
const COMPARED = CONFIGURATIONS.filter((_, index) => process.env['BERTH_RUNTIME_TABLE'] === '1' || index % 16 === 0);

describe.skipIf(RUNC === undefined)(
  `an OCI runtime of the host${RUNC === undefined ? ' (skipped: runc is not installed)' : ''}`,
  () => {
    describe.each(ENGINE_MODES)('as %s', (mode) => {
      const engine = new EngineProcess(mode, { checked: true, flags: ['--add-runtime', `other=${RUNC ?? ''}`] });
      let pristine: Traces;
      let before: Traces;
      let scratch: string;

      beforeAll(async () => {
        scratch = mkdtempSync('/tmp/berth-scratch-');
        chmodSync(scratch, 0o755);
        execFileSync('cc', ['-static', '-O1', '-D_GNU_SOURCE', '-o', `${scratch}/probe`, PROBE_SOURCE]);
        mkdirSync(`${scratch}/directory`);
        writeFileSync(`${scratch}/directory/file`, 'content');
        writeFileSync(`${scratch}/file`, 'content');
        for (const [name, profile] of Object.entries(SECCOMP_PROFILES))
          writeFileSync(`${scratch}/${name}.json`, JSON.stringify(profile));
        if (isRoot) {
          mkdirSync(`${scratch}/restricted`);
          execFileSync('mount', ['-t', 'tmpfs', '-o', 'nosuid,nodev,noexec', 'tmpfs', `${scratch}/restricted`]);
          writeFileSync(`${scratch}/restricted/file`, 'content');
        }
        pristine = traces(engine);
        await engine.start();
        await loadTestImage(engine);
        engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
        before = traces(engine);
      });

      afterAll(async () => {
        engine.docker(['rm', '-f', 'donor']);
        engine.docker(['network', 'rm', 'compared']);
        engine.docker(['volume', 'prune', '-f']);
        const left = await leftovers(engine, before);
        await engine.dispose();
        if (isRoot) execFileSync('umount', [`${scratch}/restricted`]);
        rmSync(scratch, { recursive: true, force: true });
        expect(left).toEqual({});
        expect(await leftovers(engine, pristine)).toEqual({});
      });

      const ok = (...args: string[]): string => engine.dockerOk(args);

      it('is listed, shown, and refused when it is not there', () => {
        expect(ok('info', '--format', '{{range $name, $_ := .Runtimes}}{{$name}} {{end}}{{.DefaultRuntime}}')).toMatch(
          /^berth (?:crun )?other runc berth$/,
        );
        ok('create', '--name', 'shown', '--runtime', 'runc', TEST_IMAGE, 'true');
        expect(ok('inspect', '--format', '{{.HostConfig.Runtime}}', 'shown')).toBe('runc');
        ok('rm', 'shown');
        expect(ok('run', '--rm', '--runtime', 'other', TEST_IMAGE, 'echo', 'by another name')).toBe('by another name');
        expect(engine.docker(['create', '--runtime', 'nothing', TEST_IMAGE])).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('unknown or invalid runtime name: nothing'),
        });
      });

      it('runs what the monitor looks after as always: output, exit code, exec, pause, stats, copies, ports, volumes', async () => {
        const port = await freePort();
        ok(
          ...[
            'run',
            '-d',
            '--name',
            'cared',
            '--runtime',
            'runc',
            '-p',
            `127.0.0.1:${port}:80`,
            '-v',
            'runtime-data:/data',
          ],
          ...[
            TEST_IMAGE,
            'sh',
            '-c',
            'echo out; echo err >&2; trap "exit 7" TERM; echo page > /data/index; httpd -f -p 80 -h /data & wait',
          ],
        );
        await expect.poll(() => engine.docker(['logs', 'cared'])).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
        await expect
          .poll(() =>
            fetch(`http://127.0.0.1:${port}/index`).then(
              (got) => got.text(),
              () => '',
            ),
          )
          .toBe('page\n');
        expect(ok('exec', 'cared', 'sh', '-c', 'cat /proc/1/cmdline | head -c 2; id -u')).toBe('sh0');
        expect(engine.docker(['exec', 'cared', 'sh', '-c', 'exit 9']).code).toBe(9);
        ok('pause', 'cared');
        expect(ok('inspect', '--format', '{{.State.Status}}', 'cared')).toBe('paused');
        ok('unpause', 'cared');
        expect(ok('exec', 'cared', 'cat', '/data/index')).toBe('page');
        expect(ok('stats', '--no-stream', '--format', '{{.Name}}', 'cared')).toBe('cared');
        expect(ok('top', 'cared')).toContain('httpd');
        ok('cp', `${scratch}/file`, 'cared:/tmp/copied');
        expect(ok('exec', 'cared', 'cat', '/tmp/copied')).toBe('content');
        // A new engine finds it again by its monitor.
        await engine.crash();
        expect(ok('exec', 'cared', 'cat', '/tmp/copied')).toBe('content');
        expect(ok('diff', 'cared')).toContain('A /tmp/copied');
        ok('stop', 'cared');
        expect(ok('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', 'cared')).toBe('exited 7');
        ok('start', 'cared');
        expect(ok('exec', 'cared', 'cat', '/tmp/copied')).toBe('content');
        ok('kill', 'cared');
        await expect.poll(() => ok('inspect', '--format', '{{.State.ExitCode}}', 'cared')).toBe('137');
        ok('rm', 'cared');
        ok('volume', 'rm', 'runtime-data');
      });

      it('is the default when the engine is told so, for what is made from then on', async () => {
        const other = new EngineProcess(mode, {
          flags: ['--add-runtime', `other=${RUNC ?? ''}`, '--default-runtime', 'other'],
        });
        try {
          await other.start();
          await loadTestImage(other);
          expect(other.dockerOk(['info', '--format', '{{.DefaultRuntime}}'])).toBe('other');
          const id = other.dockerOk(['run', '-d', '--name', 'by-default', TEST_IMAGE, 'sleep', '1000']);
          expect(other.dockerOk(['inspect', '--format', '{{.HostConfig.Runtime}}', 'by-default'])).toBe('other');
          expect(existsSync(`${other.dataRoot}/containers/${id}/runtime`)).toBe(true);
          expect(other.dockerOk(['run', '--rm', '--runtime', 'berth', TEST_IMAGE, 'echo', 'ours'])).toBe('ours');
        } finally {
          await other.dispose();
        }
        const none = new EngineProcess(mode, { flags: ['--default-runtime', 'nope'] });
        await expect(none.start()).rejects.toThrow("specified default runtime 'nope' does not exist");
        await none.dispose();
      });

      it('runs the hooks of devices, and no image tells them what to obey', (context) => {
        if (!isRoot) context.skip('only root may describe devices');
        const kind = `example.com/hooked-${mode}`;
        const description = `/var/run/cdi/berth-hooks-${mode}-${process.pid}.json`;
        mkdirSync('/var/run/cdi', { recursive: true });
        mkdirSync(`${scratch}/hooks`);
        chmodSync(`${scratch}/hooks`, 0o777);
        const hook = (name: string, script: string): string => {
          writeFileSync(`${scratch}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
          return `${scratch}/${name}`;
        };
        // What vendors' hooks do: find the tree by the bundle, and put a link into it.
        const link = [
          `bundle=$(sed 's/.*"bundle":"\\([^"]*\\)".*/\\1/')`,
          `root=$(sed 's/.*"root":{"path":"\\([^"]*\\)".*/\\1/' "$bundle/config.json")`,
          `ln -s "$1" "$root/linked"; env > ${scratch}/hooks/environment`,
        ].join('\n');
        const hooks = [
          { hookName: 'createContainer', path: hook('link', link), args: ['link', 'from-the-host'] },
          { hookName: 'poststop', path: hook('after', `cat > ${scratch}/hooks/after`) },
        ];
        const device = { name: 'one', containerEdits: { env: ['HOOKED=yes'], hooks } };
        writeFileSync(description, JSON.stringify({ cdiVersion: '0.6.0', kind, devices: [device] }));
        try {
          const flags = ['--name', 'hooked', '--device', `${kind}=one`, '-e', 'LD_PRELOAD=/evil.so'];
          expect(ok('run', ...flags, TEST_IMAGE, 'sh', '-c', 'echo $HOOKED; readlink /linked')).toBe(
            'yes\nfrom-the-host',
          );
          expect(ok('inspect', '--format', '{{.HostConfig.Runtime}} {{.State.ExitCode}}', 'hooked')).toBe('runc 0');
          const environment = readFileSync(`${scratch}/hooks/environment`, 'utf8');
          expect(environment).toMatch(/^PATH=\/usr/m);
          expect(environment).not.toContain('evil');
          expect(JSON.parse(readFileSync(`${scratch}/hooks/after`, 'utf8'))).toMatchObject({ status: 'stopped' });
          ok('rm', 'hooked');
        } finally {
          rmSync(description);
          rmSync(`${scratch}/hooks`, { recursive: true });
        }
      });

      it('says what could not be run, with the codes of a shell', () => {
        const run = (...args: string[]): unknown => engine.docker(['run', '--rm', '--runtime', 'runc', ...args]);
        expect(run(TEST_IMAGE, 'no-such-program')).toMatchObject({
          code: 127,
          stderr: expect.stringContaining('executable file not found in $PATH'),
        });
        expect(run(TEST_IMAGE, '/etc/passwd')).toMatchObject({ code: 126 });
        expect(run('--user', 'nobody-here', TEST_IMAGE, 'true')).toMatchObject({
          code: 125,
          stderr: expect.stringContaining('unable to find user nobody-here'),
        });
        expect(run('-t', TEST_IMAGE, 'sh', '-c', 'tty; exit 3')).toMatchObject({ code: 3, stdout: '/dev/pts/0\r\n' });
      });

      it('mounts for reading what the host mounts without programs and devices', (context) => {
        if (!isRoot) context.skip('needs root, to mount');
        const mounted = `${scratch}/restricted:/data:ro`;
        expect(ok('run', '--rm', '--runtime', 'runc', '-v', mounted, TEST_IMAGE, 'cat', '/data/file')).toBe('content');
      });

      it('mounts a disk, and a part of it', (context) => {
        if (mode !== 'root') context.skip('an ordinary user mounts no disks');
        const disk = loopDisk(`${scratch}/disk`);
        if (disk === null) return context.skip('there are no loop devices here');
        try {
          ok('volume', 'create', '-o', 'type=ext4', '-o', `device=${disk.device}`, '-o', 'o=noexec', 'disk');
          const run = (mount: string, command: string): string =>
            ok(
              'run',
              '--rm',
              '--runtime',
              'runc',
              '--mount',
              `source=disk,target=/m${mount}`,
              TEST_IMAGE,
              'sh',
              '-c',
              command,
            );
          run('', 'mkdir -p /m/a/b; echo of b > /m/a/b/file');
          expect(run(',volume-subpath=a/b,readonly', 'cat /m/file; grep -o " /m ext4 ro,noexec" /proc/mounts')).toBe(
            'of b\n /m ext4 ro,noexec',
          );
          ok('volume', 'rm', 'disk');
        } finally {
          disk.detach();
        }
      });

      it('leaves nothing of a container whose monitor was killed', async () => {
        ok('run', '-d', '--name', 'lost', '--runtime', 'runc', TEST_IMAGE, 'sleep', '1000');
        const pid = Number(ok('inspect', '--format', '{{.State.Pid}}', 'lost'));
        const monitor = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
        process.kill(monitor, 'SIGKILL');
        await expect
          .poll(() => ok('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', 'lost'))
          .toBe('exited 255');
        await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
        ok('start', 'lost');
        ok('rm', '-f', 'lost');
      });

      describe('makes of the same configuration the same container', () => {
        beforeAll(() => {
          ok('network', 'create', '--subnet', '10.213.0.0/24', 'compared');
          ok('volume', 'create', 'kept');
          ok('run', '-d', '--name', 'donor', '--ipc', 'shareable', '-v', 'given:/given', TEST_IMAGE, 'sleep', '1000');
        });

        const words: readonly [RegExp, () => string][] = [
          [/SCRATCH/g, () => scratch],
          [/DONOR/g, () => 'donor'],
          [/NETWORK/g, () => 'compared'],
          [/VOLUME/g, () => 'kept'],
          [/SECCOMP-\w+/g, () => `${scratch}/$&.json`],
        ];

        const reportOf = async (options: readonly string[], runtime: string): Promise<string> => {
          const made = words.reduce<readonly string[]>(
            (all, [pattern, text]) => all.map((word) => word.replace(pattern, text())),
            options,
          );
          const always = ['--runtime', runtime, '--volume', `${scratch}/probe:/probe:ro`];
          const command = options.includes('--entrypoint') ? [] : ['/probe'];
          const result = engine.docker(['create', ...always, ...made, TEST_IMAGE, ...command, 'one', 'two']);
          if (result.code !== 0) return `refused: ${result.stderr}`;
          const id = result.stdout.trim();
          try {
            const started = await engine.api('POST', `/v1.45/containers/${id}/start`);
            if (started.status !== 204) return `not started: ${started.body}`;
            const code = (await engine.api('POST', `/v1.45/containers/${id}/wait`)).json()['StatusCode'];
            return `${ok('logs', id)}\ncode ${String(code)}\n`;
          } finally {
            await engine.api('DELETE', `/v1.45/containers/${id}?force=1`);
          }
        };

        it.each(COMPARED.map((options) => [options.join(' ') || 'no options', options] as const))(
          '%s',
          async (_, options) => {
            const ours = await reportOf(options, 'berth');
            const theirs = await reportOf(options, 'runc');
            expect(unexplained(ours, theirs, mode)).toEqual([]);
            // Both could be empty in the same way.
            expect(ours).toMatch(/^(?:argument 0 \/probe|refused: |not started: )/);
          },
        );
      });
    });
  },
);
