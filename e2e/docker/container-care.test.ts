import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasControlGroups, limitsOf } from '../fixtures/control-groups.ts';
import { ENGINE_MODES, EngineProcess, type ApiAnswer } from '../fixtures/engine-process.ts';
import { written } from '../fixtures/event-history.ts';
import { leftovers, traces, zygotePid, type Traces } from '../fixtures/leaks.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** What the engine does for a container while it runs and after it has ended, by the real docker CLI. */
describe.each(ENGINE_MODES)('care of containers as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  let before: Traces;

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    before = traces(engine);
  });

  afterEach(() => {
    const names = engine.dockerOk(['ps', '-aq']).split('\n').filter(Boolean);
    if (names.length > 0) engine.docker(['rm', '-f', ...names]);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    expect(left).toEqual({});
  });

  const start = (name: string, options: readonly string[], ...command: string[]): string =>
    engine.dockerOk(['run', '-d', '--name', name, '--network', 'none', ...options, TEST_IMAGE, ...command]);
  const inspect = (name: string, format: string): string => engine.dockerOk(['inspect', '-f', format, name]);
  /** Waits until `look` gives what is expected; a minute is far more than any of it takes on a busy machine. */
  const eventually = async (look: () => string, expected: string | RegExp): Promise<void> => {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const seen = look();
      if (typeof expected === 'string' ? seen === expected : expected.test(seen)) return;
      if (Date.now() > deadline) expect(seen).toEqual(expected);
      await pause(50);
    }
  };
  const limited = hasControlGroups(mode);

  describe('stats', () => {
    it('tells usage in the shape of the API, with the interfaces of the container', async () => {
      engine.dockerOk(['run', '-d', '--name', 'busy', TEST_IMAGE, 'sh', '-c', 'while :; do :; done']);
      const answer = (await engine.api('GET', '/containers/busy/stats?stream=false')).json();
      expect(answer).toMatchObject({ name: '/busy', num_procs: 0, storage_stats: {} });
      const cpu = (key: string): { total_usage: number } =>
        (answer[key] as { cpu_usage: { total_usage: number } }).cpu_usage;
      // Between the two samples lies a second, of which it takes a good part even on a busy machine.
      expect(cpu('cpu_stats').total_usage - cpu('precpu_stats').total_usage).toBeGreaterThan(50_000_000);
      expect(Object.keys(answer['networks'] as object)).toEqual(['eth0']);
      expect((answer['memory_stats'] as { usage: number }).usage).toBeGreaterThan(0);
      expect((answer['pids_stats'] as { current: number }).current).toBe(1);
      expect(engine.dockerOk(['stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}}'])).toBe('busy 1');
    });

    it('answers at once with one-shot, and with zeroes for what does not run', async () => {
      start('idle', [], 'sleep', '100');
      // The other answer takes a second at least; the best of many tries is what it takes on a machine that is free.
      await expect
        .poll(async () => {
          const begun = Date.now();
          await engine.api('GET', '/containers/idle/stats?stream=false&one-shot=true');
          return Date.now() - begun;
        })
        .toBeLessThan(900);
      engine.dockerOk(['kill', 'idle']);
      const answer = (await engine.api('GET', '/containers/idle/stats?stream=false')).json();
      expect(answer).toMatchObject({ read: '0001-01-01T00:00:00Z', memory_stats: {}, pids_stats: {} });
    });
  });

  describe('update', () => {
    it.runIf(limited)(
      `changes limits of a running container${limited ? '' : ' (skipped: control groups are root’s here)'}`,
      () => {
        start('one', ['-m', '64m'], 'sleep', '1000');
        const limits = (): ReturnType<typeof limitsOf> => limitsOf(inspect('one', '{{.State.Pid}}'));
        engine.dockerOk(['update', '-m', '100m', '--pids-limit', '77', '--cpus', '0.5', 'one']);
        expect(limits()).toEqual({ memory: String(100 << 20), pids: '77', cpu: '50000' });
        engine.dockerOk(['update', '--pids-limit', '-1', '--cpuset-cpus', '0', 'one']);
        expect(limits().pids).toBe('max');
        expect(inspect('one', '{{.HostConfig.Memory}} {{.HostConfig.CpusetCpus}}')).toBe(`${100 << 20} 0`);
        expect(engine.docker(['update', '-m', '300m', 'one']).stderr).toContain(
          'update the memoryswap at the same time',
        );
        expect(engine.docker(['update', '-m', '1m', 'one']).stderr).toContain('Minimum memory limit allowed is 6MB');
        engine.dockerOk(['update', '-m', '300m', '--memory-swap', '-1', 'one']);
        expect(limits().memory).toBe(String(300 << 20));
      },
    );

    it.runIf(limited)(
      `finds the limits of a container that an earlier launcher has started${limited ? '' : ' (skipped: control groups are root’s here)'}`,
      async () => {
        start('old', ['-m', '64m', '--memory-swap', '-1'], 'sleep', '1000');
        process.kill(zygotePid(engine), 'SIGKILL');
        await engine.crash();
        start('new', ['-m', '64m', '--memory-swap', '-1'], 'sleep', '1000');
        engine.dockerOk(['update', '-m', '100m', 'old', 'new']);
        for (const name of ['old', 'new']) {
          expect(limitsOf(inspect(name, '{{.State.Pid}}')).memory).toBe(String(100 << 20));
          const answer = (await engine.api('GET', `/containers/${name}/stats?stream=false&one-shot=true`)).json();
          expect(answer).toMatchObject({ memory_stats: { limit: 100 << 20 }, pids_stats: { current: 1 } });
        }
      },
    );

    it('keeps a changed restart policy, also across engines', async () => {
      start('one', [], 'sleep', '1000');
      engine.dockerOk(['update', '--restart', 'on-failure:5', 'one']);
      await engine.crash();
      expect(inspect('one', '{{.HostConfig.RestartPolicy}}')).toBe('{on-failure 5}');
    });

    it.runIf(!limited)(`warns of limits that cannot be kept${limited ? ' (skipped: root can keep them)' : ''}`, () => {
      const result = engine.docker(['create', '-m', '64m', TEST_IMAGE]);
      const version = engine.dockerOk(['info', '-f', '{{.CgroupDriver}}']);
      if (version === 'none') expect(result.stderr).toContain('does not support memory limit capabilities');
    });
  });

  describe('restart policy', () => {
    it('restarts with growing pauses, counts, and gives up after the limit', async () => {
      start('fails', ['--restart', 'on-failure:3'], 'false');
      await eventually(() => inspect('fails', '{{.State.Status}} {{.RestartCount}}'), 'exited 3');
      const lines = engine.dockerOk([
        'events',
        '--since',
        '1m',
        '--until',
        String(Date.now() / 1000),
        '--filter',
        'container=fails',
      ]);
      const times = [...lines.matchAll(/^(\S+) container start/gm)].map(([, time]) => Date.parse(time ?? ''));
      expect(times).toHaveLength(4);
      const gap = (index: number): number => (times[index + 1] ?? 0) - (times[index] ?? 0);
      expect(gap(0)).toBeGreaterThanOrEqual(100);
      expect(gap(1)).toBeGreaterThanOrEqual(200);
      expect(gap(2)).toBeGreaterThanOrEqual(400);
    });

    it('is ended by a stop while it waits, and begun anew by a start', async () => {
      start('loops', ['--restart', 'always'], 'true');
      await eventually(() => inspect('loops', '{{.State.Status}} {{.RestartCount}}'), /^restarting [4-9]/);
      engine.dockerOk(['stop', 'loops']);
      expect(inspect('loops', '{{.State.Status}}')).toBe('exited');
      await pause(1000);
      expect(inspect('loops', '{{.State.Status}}')).toBe('exited');
      engine.dockerOk(['start', 'loops']);
      await eventually(() => inspect('loops', '{{.RestartCount}}'), /^[1-3]$/);
      await eventually(() => inspect('loops', '{{.State.Status}} {{.RestartCount}}'), /^restarting [4-9]/);
      expect(engine.docker(['rm', 'loops'])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('container is restarting: stop the container before removing') as string,
      });
      engine.dockerOk(['kill', 'loops']);
      expect(inspect('loops', '{{.State.Status}}')).toBe('exited');
    });

    it('holds across a killed engine: stopped ones run again by always alone', async () => {
      start('always', ['--restart', 'always'], 'sleep', '1000');
      start('unless', ['--restart', 'unless-stopped'], 'sleep', '1000');
      start('running', ['--restart', 'unless-stopped'], 'sleep', '1000');
      engine.dockerOk(['create', '--name', 'never', '--restart', 'always', TEST_IMAGE, 'true']);
      engine.dockerOk(['stop', '-t', '0', 'always', 'unless']);
      const pid = inspect('running', '{{.State.Pid}}');
      await engine.crash();
      await eventually(() => inspect('always', '{{.State.Status}}'), 'running');
      expect(inspect('unless', '{{.State.Status}}')).toBe('exited');
      expect(inspect('never', '{{.State.Status}}')).toBe('created');
      expect(inspect('running', '{{.State.Pid}}')).toBe(pid);
    });

    it('starts everything again after the machine went down, not before it has tidied up', async () => {
      start('always', ['--restart', 'always'], 'sleep', '1000');
      start('unless', ['--restart', 'unless-stopped'], 'sleep', '1000');
      start('plain', [], 'sleep', '1000');
      const pids = ['always', 'unless', 'plain'].map((name) => Number(inspect(name, '{{.State.Pid}}')));
      const monitors = pids.map((pid) =>
        Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]),
      );
      const zygote = zygotePid(engine);
      await engine.stop('SIGKILL');
      for (const pid of [zygote, ...monitors]) process.kill(pid, 'SIGKILL');
      // Makes the engine's look at what is left take a second, in which nothing new may be there to be taken for it.
      let tidied = 0;
      const slow = createServer((socket) => {
        setTimeout(() => {
          tidied = Date.now();
          socket.destroy();
        }, 1000);
      });
      const path = `${engine.execRoot}/m/${'0'.repeat(32)}.sock`;
      await new Promise<void>((resolve) => slow.listen(path, resolve));
      chmodSync(path, 0o777);
      await engine.start();
      slow.close();
      await eventually(() => inspect('always', '{{.State.Status}} {{.RestartCount}}'), 'running 0');
      await eventually(() => inspect('unless', '{{.State.Status}} {{.RestartCount}}'), 'running 0');
      expect(tidied).toBeGreaterThan(0);
      for (const name of ['always', 'unless'])
        expect(Date.parse(inspect(name, '{{.State.StartedAt}}'))).toBeGreaterThanOrEqual(tidied);
      expect(inspect('plain', '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 255');
    });

    it('lets a wait end with a run, also with one that another follows', () => {
      start('fails', ['--restart', 'always'], 'sh', '-c', 'sleep 0.1; exit 9');
      expect(engine.dockerOk(['wait', 'fails'])).toBe('9');
      const run = engine.docker(['run', '--restart', 'always', '--name', 'loops', TEST_IMAGE, 'sh', '-c', 'exit 8']);
      expect(run.code).toBe(8);
    });
  });

  describe('health', () => {
    it('goes from starting to unhealthy to healthy, tells of it, and goes on in a new engine', async () => {
      const check = ['--health-cmd', 'echo looked; test -f /ok', '--health-interval', '100ms', '--health-retries', '2'];
      start('web', check, 'sleep', '1000');
      await eventually(() => inspect('web', '{{.State.Health.Status}}'), 'unhealthy');
      start('slow', ['--health-cmd', 'true', '--health-interval', '60s'], 'sleep', '1000');
      expect(inspect('slow', '{{.State.Health.Status}}')).toBe('starting');
      engine.dockerOk(['rm', '-f', 'slow']);
      const log = JSON.parse(inspect('web', '{{json .State.Health.Log}}')) as { ExitCode: number; Output: string }[];
      expect(log[0]).toMatchObject({ ExitCode: 1, Output: 'looked\n' });
      engine.dockerOk(['exec', 'web', 'touch', '/ok']);
      await eventually(
        () => engine.dockerOk(['ps', '--filter', 'health=healthy', '--format', '{{.Status}}']),
        /\(healthy\)$/,
      );
      await written(engine, 'web', 'health_status: healthy');
      await engine.crash();
      expect(inspect('web', '{{.State.Health.Status}}')).toBe('healthy');
      engine.dockerOk(['exec', 'web', 'rm', '/ok']);
      await eventually(() => inspect('web', '{{.State.Health.Status}}'), 'unhealthy');
      expect(Number(inspect('web', '{{len .State.Health.Log}}'))).toBeLessThanOrEqual(5);
      const events = engine.dockerOk([
        'events',
        '--since',
        '1m',
        '--until',
        String(Date.now() / 1000),
        '--filter',
        'event=health_status',
      ]);
      expect([...events.matchAll(/health_status: (\w+)/g)].map(([, status]) => status).slice(0, 2)).toEqual([
        'unhealthy',
        'healthy',
      ]);
    });

    it('kills a probe that takes too long, and forgives failures in the start period', async () => {
      const slow = ['--health-cmd', 'sleep 100', '--health-interval', '100ms', '--health-timeout', '100ms'];
      start('slow', [...slow, '--health-retries', '1'], 'sleep', '1000');
      const young = ['--health-cmd', 'false', '--health-interval', '100ms', '--health-retries', '1'];
      start('young', [...young, '--health-start-period', '60s', '--health-start-interval', '100ms'], 'sleep', '1000');
      await eventually(() => inspect('slow', '{{.State.Health.Status}}'), 'unhealthy');
      expect(inspect('slow', '{{json .State.Health.Log}}')).toContain('Health check exceeded timeout');
      await eventually(() => inspect('young', '{{len .State.Health.Log}}'), /^[1-5]$/);
      expect(inspect('young', '{{.State.Health.Status}} {{.State.Health.FailingStreak}}')).toBe('starting 0');
    });

    it('is switched off by --no-healthcheck, and refuses a time that is too short', () => {
      start('off', ['--no-healthcheck'], 'sleep', '1000');
      expect(inspect('off', '{{json .State.Health}}')).toBe('null');
      const result = engine.docker(['create', '--health-cmd', 'true', '--health-interval', '1us', TEST_IMAGE]);
      expect(result.code).toBe(1);
      expect(result.stderr).toContain('cannot be less than 1ms');
    });
  });

  describe('logs', () => {
    const count = 'i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); [ $((i%500)) = 0 ] && sleep 0.05; done';
    const all = Array.from({ length: 3000 }, (_, index) => `line ${index}`).join('\n');

    it.each([
      ['json-file', []],
      ['json-file', ['--log-opt', 'compress=true']],
      ['local', []],
    ])('are whole across rotation with %s %j, followed or not', (driver, more) => {
      const rotation = ['--log-driver', driver, '--log-opt', 'max-size=8k', '--log-opt', 'max-file=100', ...more];
      start('talks', rotation, 'sh', '-c', count);
      expect(engine.dockerOk(['logs', '-f', 'talks'])).toBe(all);
      expect(engine.dockerOk(['logs', 'talks'])).toBe(all);
      expect(engine.dockerOk(['logs', '--tail', '1500', 'talks'])).toBe(all.split('\n').slice(-1500).join('\n'));
      engine.dockerOk(['rm', 'talks']);
    });

    it('keep as many files as asked', () => {
      start('talks', ['--log-opt', 'max-size=4k', '--log-opt', 'max-file=3'], 'sh', '-c', count);
      engine.dockerOk(['wait', 'talks']);
      const lines = engine.dockerOk(['logs', 'talks']).split('\n');
      expect(lines.at(-1)).toBe('line 2999');
      // Three files of at most 4 KiB, each line with 20 bytes of its own.
      expect(lines.length).toBeLessThan(3 * 140);
      expect(lines.length).toBeGreaterThan(2 * 140);
    });

    it('show chosen labels and variables with --details', () => {
      const chosen = ['--log-opt', 'labels=who', '--log-opt', 'env=FOO', '--log-opt', 'tag={{.Name}}'];
      start('one', ['--label', 'who=me', '-e', 'FOO=bar', ...chosen], 'echo', 'hello');
      engine.dockerOk(['wait', 'one']);
      expect(engine.dockerOk(['logs', '--details', 'one'])).toBe('FOO=bar,tag=one,who=me hello');
    });

    it('refuse what Docker refuses', () => {
      const said = (...options: string[]): string => engine.docker(['create', ...options, TEST_IMAGE]).stderr;
      expect(said('--log-driver', 'nowhere')).toContain("logger: no log driver named 'nowhere' is registered");
      expect(said('--log-opt', 'nonsense=1')).toContain("unknown log opt 'nonsense' for json-file log driver");
      expect(said('--log-opt', 'max-file=0')).toContain('max-file cannot be less than 1');
      start('silent', ['--log-driver', 'none'], 'echo', 'x');
      expect(engine.docker(['logs', 'silent']).stderr).toContain('does not support reading');
    });
  });

  describe('prune, disk usage and lists', () => {
    it('prunes by label and age', () => {
      for (const name of ['keep', 'drop']) start(name, ['--label', name], 'true');
      engine.dockerOk(['wait', 'keep', 'drop']);
      expect(engine.dockerOk(['container', 'prune', '-f', '--filter', 'until=1h'])).not.toContain('Deleted');
      engine.dockerOk(['container', 'prune', '-f', '--filter', 'label!=keep']);
      expect(engine.dockerOk(['ps', '-a', '--format', '{{.Names}}'])).toBe('keep');
      expect(engine.docker(['container', 'prune', '-f', '--filter', 'color=red']).stderr).toContain('invalid filter');
    });

    it('counts what containers have written', async () => {
      start('writer', [], 'sh', '-c', 'head -c 100000 /dev/zero > /tmp/file');
      engine.dockerOk(['wait', 'writer']);
      const usage = (await engine.api('GET', '/system/df?type=container')).json();
      expect(usage).toMatchObject({ Images: null, Volumes: null });
      expect((usage['Containers'] as { SizeRw: number }[])[0]?.SizeRw).toBeGreaterThanOrEqual(100_000);
      expect((await engine.api('GET', '/system/df?type=nothing')).status).toBe(400);
    });

    it('filters lists', () => {
      start('web', ['--expose', '8080', '--label', 'a=b'], 'sleep', '1000');
      start('ended', [], 'sh', '-c', 'exit 3');
      engine.dockerOk(['wait', 'ended']);
      const names = (...filters: string[]): string =>
        engine.dockerOk(['ps', '-a', '--format', '{{.Names}}', ...filters.flatMap((one) => ['--filter', one])]);
      expect(names('expose=8000-9000/tcp')).toBe('web');
      expect(names('exited=3')).toBe('ended');
      expect(names('before=ended')).toBe('web');
      expect(names('since=web')).toBe('ended');
      expect(names('label=a=b', 'health=none')).toBe('web');
      expect(names(`ancestor=${TEST_IMAGE}`, 'status=running')).toBe('web');
      expect(names('ancestor=nothing')).toBe('');
      expect(names('is-task=true')).toBe('');
    });

    it('replays events of a former engine', async () => {
      start('told', [], 'true');
      engine.dockerOk(['wait', 'told']);
      await written(engine, 'told', 'die');
      await engine.crash();
      const events = engine.dockerOk([
        'events',
        '--since',
        '1m',
        '--until',
        String(Date.now() / 1000),
        '--filter',
        'container=told',
      ]);
      expect([...events.matchAll(/ container (\w+) /g)].map(([, action]) => action)).toEqual([
        'create',
        'start',
        'die',
      ]);
    });
  });

  describe('the trash', () => {
    it('keeps a removed container with all it has written, its image too, until it is brought back or deleted', async () => {
      const network = `yard-${mode}`;
      engine.dockerOk(['network', 'create', network]);
      engine.dockerOk(['tag', TEST_IMAGE, 'kept-by-the-trash:1']);
      const script = 'echo precious > /kept; echo said';
      const options = ['--network', network, '--network-alias', 'jolly', '--label', 'a=b'];
      engine.dockerOk(['run', '--name', 'old', ...options, '-v', '/data', 'kept-by-the-trash:1', 'sh', '-c', script]);
      const id = inspect('old', '{{.Id}}');
      const volumes = inspect('old', '{{range .Mounts}}{{.Name}}{{end}}');
      const post = (path: string): Promise<ApiAnswer> => engine.api('POST', `/berth/trash/${path}`);
      const rows = async (): Promise<unknown> => JSON.parse((await engine.api('GET', '/berth/trash')).body) as unknown;

      start('busy', [], 'sleep', '1000');
      expect((await post('busy')).status).toBe(409);
      expect((await post('old')).status).toBe(204);
      expect(engine.dockerOk(['ps', '-a', '--format', '{{.Names}}'])).toBe('busy');
      expect(engine.docker(['inspect', 'old']).stderr).toContain('No such object');
      expect(await rows()).toMatchObject([{ Id: id, Name: 'old', Image: 'kept-by-the-trash:1', Size: 9 }]);
      // To others it is gone: its name and image are free.
      engine.dockerOk(['rmi', 'kept-by-the-trash:1']);
      engine.dockerOk(['rename', 'busy', 'old']);
      expect((await post(`${id}/restore`)).status).toBe(409);

      await engine.crash();
      expect(await rows()).toMatchObject([{ Id: id }]);
      expect((await post(`${id}/restore?name=older`)).json()).toEqual({ Id: id, Name: 'older' });
      expect(await rows()).toEqual([]);
      expect(engine.dockerOk(['diff', 'older'])).toContain('A /kept');
      expect(engine.dockerOk(['logs', 'older'])).toBe('said');
      expect(inspect('older', `{{.State.Status}} {{index .Config.Labels "a"}}`)).toBe('exited b');
      expect(inspect('older', '{{range .Mounts}}{{.Name}}{{end}}')).toBe(volumes);
      expect(inspect('older', `{{json (index .NetworkSettings.Networks "${network}").Aliases}}`)).toContain('jolly');
      expect(engine.docker(['start', '-a', 'older']).stdout).toBe('said\n');

      // What was asked for meanwhile does not run something that is in the trash.
      start('asked', [], 'sleep', '1000');
      const [put, started] = await Promise.all([post('asked?force=1'), engine.api('POST', '/containers/asked/start')]);
      expect(put.status).toBe(204);
      // Not modified where it was faster, not found where it came when all was done.
      expect([409, 304, 404]).toContain(started.status);
      expect((await engine.api('DELETE', '/berth/trash/asked')).status).toBe(204);

      // `--rm` means it; the rest is emptied by hand.
      engine.dockerOk(['run', '-d', '--rm', '--name', 'fleeting', '--network', 'none', TEST_IMAGE, 'sleep', '1000']);
      expect((await post('fleeting?force=1')).status).toBe(204);
      expect((await post('old?force=1')).status).toBe(204);
      expect((await post('older')).status).toBe(204);
      expect(await rows()).toMatchObject([{ Name: 'older' }, { Name: 'old' }]);
      // Nobody can look at the container for whether it has a terminal, so also who asks for an old version is told.
      const { headers } = await engine.api('GET', '/v1.41/berth/trash/older/logs?stdout=1');
      expect(headers['content-type']).toBe('application/vnd.docker.multiplexed-stream');
      expect((await engine.api('DELETE', '/berth/trash')).json()).toMatchObject({ Deleted: [id, expect.any(String)] });
      expect(await rows()).toEqual([]);
      expect(existsSync(`${engine.dataRoot}/containers/${id}`)).toBe(false);
      expect((await engine.api('DELETE', `/berth/trash/${id}`)).status).toBe(404);
      engine.dockerOk(['network', 'rm', network]);
      engine.dockerOk(['volume', 'rm', volumes]);
    });
  });

  describe('devices and modes', () => {
    it('gives devices by path, directory and CDI name', () => {
      const list = (...options: string[]): string =>
        engine.dockerOk(['run', '--rm', ...options, TEST_IMAGE, 'sh', '-c', 'ls /dev']);
      expect(list('--device', '/dev/zero:/dev/nought:r').split('\n')).toContain('nought');
      expect(engine.docker(['create', '--device', '/dev/nothing-here', TEST_IMAGE]).stderr).toContain(
        'error gathering device information',
      );
      expect(engine.docker(['create', '--gpus', 'all', TEST_IMAGE]).stderr).toContain('could not select device driver');
      if (process.getuid?.() !== 0) return; // Only root may describe devices.
      const path = `/var/run/cdi/berth-test-${process.pid}.yaml`;
      mkdirSync('/var/run/cdi', { recursive: true });
      writeFileSync(
        path,
        'cdiVersion: "0.6.0"\nkind: "example.com/thing"\ndevices:\n  - name: one\n    containerEdits:\n' +
          '      env: ["THING=yes"]\n      deviceNodes:\n        - path: /dev/thing\n          hostPath: /dev/zero\n' +
          '  - name: hooked\n    containerEdits:\n      hooks: [{hookName: createRuntime, path: /bin/true}]\n',
      );
      try {
        const device = ['--device', 'example.com/thing=one'];
        const script = 'echo $THING; head -c 3 /dev/thing | wc -c';
        expect(engine.dockerOk(['run', '--rm', ...device, TEST_IMAGE, 'sh', '-c', script])).toBe('yes\n3');
        const said = (name: string): string =>
          engine.docker(['create', '--device', `example.com/thing=${name}`, TEST_IMAGE]).stderr;
        expect(engine.dockerOk(['info', '--format', '{{json .DiscoveredDevices}}'])).toContain(
          '{"Source":"cdi","ID":"example.com/thing=hooked"},{"Source":"cdi","ID":"example.com/thing=one"}',
        );
        expect(said('two')).toContain('unresolvable CDI devices example.com/thing=two');
        const own = ['create', '--runtime', 'berth', '--device', 'example.com/thing=hooked', TEST_IMAGE];
        expect(engine.docker(own).stderr).toContain('asks for hooks (/bin/true), which only another runtime runs');
      } finally {
        rmSync(path);
      }
    });

    it('joins only what is shareable, and has no /dev/shm without ipc', () => {
      start('private', [], 'sleep', '1000');
      expect(engine.docker(['create', '--ipc', 'container:private', TEST_IMAGE]).stderr).toContain('non-shareable IPC');
      const shm = engine.dockerOk([
        'run',
        '--rm',
        '--ipc',
        'none',
        TEST_IMAGE,
        'sh',
        '-c',
        'grep -c shm /proc/mounts; true',
      ]);
      expect(shm).toBe('0');
    });

    it('refuses what is out of range', () => {
      const said = (...options: string[]): string => engine.docker(['create', ...options, TEST_IMAGE]).stderr;
      expect(said('--cpus', '1000')).toContain('range of CPUs is from 0.01');
      expect(said('--oom-score-adj', '2000')).toContain('range for oom score adj');
      expect(said('--restart', 'always:3')).toContain('maximum retry count');
      expect(said('--storage-opt', 'size=1G')).toContain('--storage-opt is supported only');
    });
  });
});
