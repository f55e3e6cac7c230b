import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { PseudoTerminal } from '../fixtures/pseudo-terminal.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** The life of a container by the real docker CLI. */
describe.each(ENGINE_MODES)('docker containers as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  const ok = (...args: string[]): string => engine.dockerOk(args);
  const fails = (...args: string[]): string => {
    const result = engine.docker(args);
    expect(result.code).not.toBe(0);
    return result.stderr;
  };
  const terminal = (...args: string[]): PseudoTerminal =>
    new PseudoTerminal('docker', args, { ...process.env, HOME: engine.directory, DOCKER_HOST: engine.host });
  /** Waits until a container has printed a word. */
  const until = async (name: string, word: string): Promise<void> => {
    await expect.poll(() => ok('logs', name)).toContain(word);
  };
  const loop = 'i=0; while :; do echo line $i; i=$((i+1)); sleep 0.1; done';

  useEngine(engine);

  it('lists with ps and its filters', () => {
    const id = ok('run', '-d', '--name', 'listed', '--label', 'tier=web', TEST_IMAGE, 'sleep', '60');
    const stopped = ok('create', '--name', 'never', TEST_IMAGE, 'true');
    expect(ok('ps', '-q', '--no-trunc')).toBe(id);
    expect(ok('ps', '-aq', '--no-trunc').split('\n').sort()).toEqual([id, stopped].sort());
    expect(ok('ps', '-a', '--filter', 'status=created', '--format', '{{.Names}}')).toBe('never');
    expect(ok('ps', '--filter', 'label=tier=web', '--format', '{{.Names}} {{.Image}} {{.State}}')).toBe(
      `listed ${TEST_IMAGE} running`,
    );
    expect(ok('ps', '-a', '--filter', `ancestor=${TEST_IMAGE}`, '-q').split('\n')).toHaveLength(2);
    expect(ok('ps', '-a', '--filter', 'name=lis', '--format', '{{.Names}}')).toBe('listed');
    expect(fails('ps', '--filter', 'colour=red')).toContain('invalid filter');
    expect(ok('ps', '--format', '{{.Status}}')).toMatch(/^Up /);
    ok('rm', '-f', 'listed', 'never');
  });

  it('follows logs, with tail, since and timestamps', async () => {
    ok(
      'run',
      '-d',
      '--name',
      'talker',
      TEST_IMAGE,
      'sh',
      '-c',
      'for i in 1 2 3 4 5; do echo line $i; echo problem $i >&2; done; until [ -e /tmp/go ]; do sleep 0.1; done; echo last',
    );
    await expect.poll(() => ok('logs', 'talker')).toBe('line 1\nline 2\nline 3\nline 4\nline 5');
    expect(
      engine.docker(['logs', '--tail', '2', 'talker']).stderr + engine.docker(['logs', '--tail', '2', 'talker']).stdout,
    ).toMatch(/5/);
    expect(ok('logs', '-t', '--tail', '10', 'talker').split('\n')[0]).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line \d$/,
    );
    ok('exec', '-d', 'talker', 'sh', '-c', 'sleep 1; touch /tmp/go');
    expect(ok('logs', '-f', 'talker')).toMatch(/line 5\nlast$/);
    expect(ok('logs', '--since', '2000-01-01T00:00:00Z', '--until', '2000-01-02T00:00:00Z', 'talker')).toBe('');
    ok('rm', 'talker');
  });

  it('keeps every byte of a process that lives a millisecond, and of long lines', () => {
    for (let round = 0; round < 10; round += 1)
      expect(ok('run', '--rm', '--network', 'none', TEST_IMAGE, 'echo', `round ${round}`)).toBe(`round ${round}`);
    const id = ok(
      'run',
      '-d',
      TEST_IMAGE,
      'sh',
      '-c',
      'head -c 100000 /dev/zero | tr "\\0" x; echo; printf unfinished',
    );
    ok('wait', id);
    expect(ok('logs', id)).toBe(`${'x'.repeat(100_000)}\nunfinished`);
    ok('rm', id);
  });

  it('runs commands in it with exec', () => {
    ok('run', '-d', '--name', 'host', '-e', 'A=1', TEST_IMAGE, 'sleep', '60');
    expect(ok('exec', 'host', 'sh', '-c', 'echo $A $GREETING')).toBe('1 hello');
    expect(ok('exec', '-e', 'B=2', '-w', '/tmp', '-u', 'app', 'host', 'sh', '-c', 'echo $B $PWD $(id -u)')).toBe(
      '2 /tmp 1000',
    );
    expect(engine.docker(['exec', 'host', 'sh', '-c', 'exit 7']).code).toBe(7);
    expect(engine.docker(['exec', 'host', 'no-such']).code).toBe(127);
    expect(engine.docker(['exec', '-i', 'host', 'cat'], { input: 'typed' }).stdout).toBe('typed');
    expect(engine.docker(['exec', 'host', 'sh', '-c', 'echo out; echo err >&2'])).toMatchObject({
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(ok('exec', 'host', 'grep', '^Cap[IA]', '/proc/self/status')).toMatch(/CapInh:\s*0+\nCapAmb:\s*0+$/);
    ok('exec', '-d', 'host', 'touch', '/tmp/detached');
    expect(ok('exec', 'host', 'sh', '-c', 'sleep 0.2; ls /tmp')).toContain('detached');
    ok('rm', '-f', 'host');
    expect(fails('exec', 'host', 'true')).toMatch(/No such container: host/);
  });

  it.each([
    ['nobody-such', 'unable to find user nobody-such: no matching entries in passwd file'],
    ['0:none-such', 'unable to find group none-such: no matching entries in group file'],
  ])('refuses an exec as %s', async (user, message) => {
    const id = ok('run', '-d', '--rm', TEST_IMAGE, 'sleep', '60');
    const answer = await engine.api('POST', `/containers/${id}/exec`, { Cmd: ['id'], User: user });
    expect([answer.status, answer.json()]).toEqual([400, { message }]);
    ok('rm', '-f', id);
  });

  it('forgets execs that were not started with the run they were made in, and all with their container', async () => {
    ok('run', '-d', '--name', 'once', TEST_IMAGE, 'sleep', '100');
    const made = async (): Promise<string> =>
      String((await engine.api('POST', '/containers/once/exec', { Cmd: ['true'], AttachStdout: true })).json()['Id']);
    const status = async (id: string): Promise<number> => (await engine.api('GET', `/exec/${id}/json`)).status;
    const [ran, waits] = [await made(), await made()];
    await engine.api('POST', `/exec/${ran}/start`, {});
    ok('restart', '-t', '0', 'once');
    expect([await status(ran), await status(waits)]).toEqual([200, 404]);
    expect(ok('inspect', '-f', '{{json .ExecIDs}}', 'once')).toBe('null');
    ok('rm', '-f', 'once');
    expect(await status(ran)).toBe(404);
  });

  it('gives a terminal to exec -it, and resizes it', async () => {
    ok('run', '-d', '--name', 'tty', TEST_IMAGE, 'sleep', '60');
    const body = { Cmd: ['echo', 'framed'], Tty: true, AttachStdout: true, ConsoleSize: [57, 123] };
    for (const [Tty, output] of [
      [false, '\u0001\0\0\0\0\0\0\u0008framed\r\n'],
      [true, 'framed\r\n'],
    ] as const) {
      const { Id } = (await engine.api('POST', '/containers/tty/exec', body)).json();
      expect((await engine.api('POST', `/exec/${String(Id)}/start`, { Tty })).body).toBe(output);
    }
    const shell = terminal('exec', '-it', 'tty', 'sh');
    await shell.see(/[#$] /);
    shell.type('stty size\r');
    await shell.see(/24 80/);
    shell.resize(120, 40);
    await shell.ask('stty size', /40 120/);
    shell.type('exit 3\r');
    expect(await shell.exit).toBe(3);
    ok('rm', '-f', 'tty');
  });

  it('attaches several clients at once, detaches by keys, and leaves the container running', async () => {
    const first = terminal('run', '-it', '--name', 'shared', TEST_IMAGE, 'sh');
    await first.see(/[#$] /);
    const second = terminal('attach', 'shared');
    second.type('echo from-$((40+2))\r');
    await first.see(/from-42/);
    await second.see(/from-42/);
    second.type('\u0010\u0011');
    await second.exit;
    expect(ok('inspect', '-f', '{{.State.Running}}', 'shared')).toBe('true');
    first.type('exit 5\r');
    expect(await first.exit).toBe(5);
    ok('rm', 'shared');
  });

  it('lets a slow reader of a terminal hold its writer up, and loses nothing', () => {
    const result = engine.docker(['run', '--rm', '-t', TEST_IMAGE, 'sh', '-c', 'seq 1 200000']);
    expect(result.stdout.split('\r\n').filter((line) => line !== '')).toHaveLength(200_000);
  });

  it('stops with the stop signal, then kills', async () => {
    ok(
      'run',
      '-d',
      '--name',
      'polite',
      TEST_IMAGE,
      'sh',
      '-c',
      'trap "exit 4" TERM; echo ready; while :; do sleep 0.05; done',
    );
    // Before its handler is there, the first process of a pid namespace ignores the signal.
    await until('polite', 'ready');
    ok('stop', 'polite');
    expect(ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'polite')).toBe('exited 4');
    ok('run', '-d', '--name', 'deaf', TEST_IMAGE, 'sleep', '60');
    ok('stop', '-t', '0', 'deaf');
    expect(ok('inspect', '-f', '{{.State.ExitCode}}', 'deaf')).toBe('137');
    expect(engine.docker(['stop', 'deaf']).code).toBe(0);
    ok('rm', 'polite', 'deaf');
  });

  it('restarts what was run with --rm, and removes it when it ends', async () => {
    const id = ok('run', '-d', '--rm', TEST_IMAGE, 'sh', '-c', 'echo x >> /runs; sleep 60');
    ok('restart', '-t', '0', id);
    ok('restart', '-t', '0', id);
    await expect.poll(() => ok('exec', id, 'wc', '-l', '/runs')).toMatch(/^3 /);
    ok('kill', id);
    await expect.poll(() => ok('ps', '-aq')).toBe('');
  });

  it('starts again with the same files, and restarts', () => {
    ok('run', '--name', 'again', TEST_IMAGE, 'sh', '-c', 'echo run >> /count; wc -l < /count');
    expect(ok('start', '-a', 'again')).toBe('2');
    ok('restart', '-t', '0', 'again');
    ok('wait', 'again');
    expect(ok('logs', 'again')).toBe('1\n2\n3');
    ok('rm', 'again');
  });

  it('kills with any signal and refuses when nothing runs', async () => {
    ok(
      'run',
      '-d',
      '--name',
      'victim',
      TEST_IMAGE,
      'sh',
      '-c',
      'trap "exit 9" USR1; echo ready; while :; do sleep 0.05; done',
    );
    await until('victim', 'ready');
    ok('kill', '-s', 'USR1', 'victim');
    expect(ok('wait', 'victim')).toBe('9');
    expect(fails('kill', 'victim')).toMatch(/cannot kill container: victim: container [0-9a-f]{64} is not running/);
    expect(fails('kill', 'nobody')).toContain('cannot kill container: nobody: No such container: nobody');
    ok('rm', 'victim');
  });

  it('pauses and resumes', () => {
    ok('run', '-d', '--name', 'frozen', TEST_IMAGE, 'sh', '-c', loop);
    ok('pause', 'frozen');
    expect(ok('ps', '--format', '{{.Status}}')).toMatch(/\(Paused\)$/);
    const lines = ok('logs', 'frozen').split('\n').length;
    expect(ok('logs', 'frozen').split('\n').length).toBe(lines);
    expect(fails('exec', 'frozen', 'true')).toMatch(/is paused/);
    ok('unpause', 'frozen');
    expect(ok('inspect', '-f', '{{.State.Status}}', 'frozen')).toBe('running');
    ok('rm', '-f', 'frozen');
  });

  it('renames, and refuses names that are taken or wrong', () => {
    ok('create', '--name', 'old', TEST_IMAGE, 'true');
    ok('create', '--name', 'other', TEST_IMAGE, 'true');
    ok('rename', 'old', 'new');
    expect(ok('inspect', '-f', '{{.Name}}', 'new')).toBe('/new');
    expect(fails('rename', 'new', 'other')).toMatch(/already in use/);
    expect(fails('create', '--name', 'other', TEST_IMAGE, 'true')).toMatch(
      /Conflict\. The container name "\/other" is already in use/,
    );
    expect(fails('create', '--name', '-x', TEST_IMAGE, 'true')).toMatch(/Invalid container name/);
    ok('rm', 'new', 'other');
  });

  it('refuses to remove what runs, unless forced', () => {
    ok('run', '-d', '--name', 'busy', TEST_IMAGE, 'sleep', '60');
    expect(fails('rm', 'busy')).toMatch(/container is running/);
    ok('rm', '-f', 'busy');
    expect(fails('rm', 'busy')).toMatch(/No such container: busy/);
  });

  it('shows its processes with top', () => {
    ok('run', '-d', '--name', 'seen', TEST_IMAGE, 'sleep', '1234');
    const text = ok('top', 'seen');
    expect(text.split('\n')[0]).toMatch(/^UID\s+PID\s+PPID\s+C\s+STIME\s+TTY\s+TIME\s+CMD/);
    expect(text).toContain('sleep 1234');
    expect(ok('top', 'seen', '-o', 'pid,args')).toMatch(/PID\s+COMMAND/);
    ok('rm', '-f', 'seen');
  });

  it('inspects what was asked for', () => {
    ok(
      'run',
      '-d',
      '--name',
      'shown',
      '-e',
      'A=1',
      '--memory',
      '64m',
      '-p',
      '127.0.0.1::80',
      TEST_IMAGE,
      'sleep',
      '60',
    );
    const [shown] = JSON.parse(ok('inspect', 'shown')) as [Record<string, Record<string, unknown>>];
    expect(shown['Config']).toMatchObject({
      Image: TEST_IMAGE,
      Cmd: ['sleep', '60'],
      Env: expect.arrayContaining(['A=1', 'GREETING=hello']),
    });
    // A limit that cannot be kept is dropped with a warning, as Docker does, and not shown as if it were in force.
    const isLimited = ok('info', '-f', '{{.MemoryLimit}}') === 'true';
    expect(shown['HostConfig']).toMatchObject({
      Memory: isLimited ? 67_108_864 : 0,
      NetworkMode: expect.stringMatching(/default|bridge/),
    });
    expect(shown['State']).toMatchObject({ Status: 'running', Running: true, ExitCode: 0 });
    expect(shown['NetworkSettings']).toMatchObject({ Ports: { '80/tcp': [{ HostIp: '127.0.0.1' }] } });
    ok('rm', '-f', 'shown');
  });

  it('tells events in order', async () => {
    const listener = spawn('docker', ['events', '--format', '{{.Action}}', '--filter', 'type=container'], {
      env: { ...process.env, HOME: engine.directory, DOCKER_HOST: engine.host },
    });
    let text = '';
    listener.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    await expect.poll(() => ok('info', '-f', '{{.NEventsListener}}')).toBe('1');
    ok('run', '--rm', '--name', 'noisy', TEST_IMAGE, 'true');
    await expect.poll(() => text).toContain('destroy');
    listener.kill();
    expect(text.trim().split('\n')).toEqual(['create', 'attach', 'start', 'die', 'destroy']);
  });

  it('tells who asks for starts of the one that was a moment earlier, and nobody of anything else', async () => {
    /** What is told within 300 ms to who names neither a beginning nor an end. */
    const asked = async (filters: Record<string, string[]>): Promise<string[]> => {
      const path = `/events?filters=${encodeURIComponent(JSON.stringify(filters))}`;
      let body = '';
      const asking = request({ socketPath: engine.socket, path }, (response) => {
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      });
      asking.on('error', () => undefined).end();
      await new Promise((resolve) => setTimeout(resolve, 300));
      asking.destroy();
      return body
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { Action: string }).Action);
    };
    const { Id } = (
      await engine.api('POST', '/containers/create?name=early', { Image: TEST_IMAGE, Cmd: ['sleep', '60'] })
    ).json() as { Id: string };
    await engine.api('POST', `/containers/${Id}/start`);
    // On a busy machine the question may come more than that moment late.
    await expect
      .poll(async () => {
        await engine.api('POST', `/containers/${Id}/restart?t=0`);
        return asked({ event: ['start'], container: ['early'] });
      })
      .toContain('start');
    await engine.api('POST', `/containers/${Id}/restart?t=0`);
    expect(await asked({ container: ['early'] })).toEqual([]);
    ok('rm', '-f', 'early');
  });

  it('says what it is with version and info', () => {
    expect(ok('version', '-f', '{{.Server.Platform.Name}} {{.Server.APIVersion}}')).toBe('Berth 1.51');
    expect(ok('info', '-f', '{{.SecurityOptions}}').includes('name=rootless')).toBe(mode === 'rootless');
  });
});
