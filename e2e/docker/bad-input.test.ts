import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** What is wrong gets Docker's status and a sentence, changes nothing and leaves nothing. */
describe.each(ENGINE_MODES)('bad input as %s', (mode) => {
  const engine = new EngineProcess(mode);
  const message = (answer: { json: () => Record<string, unknown> }): string => String(answer.json()['message']);

  useEngine(engine);

  const create = (body: unknown, name = ''): ReturnType<EngineProcess['api']> =>
    engine.api('POST', `/v1.41/containers/create${name === '' ? '' : `?name=${name}`}`, body);

  it('isolates containers strictly when told to, those that were made before too', async () => {
    const put = (isolation: string) =>
      engine.api('PUT', '/berth/configuration', { Text: JSON.stringify({ isolation }) });
    const ok = (...args: string[]) => engine.dockerOk(args);
    const said = (...args: string[]) => engine.docker(args).stderr;
    const why = 'isolates its containers strictly ("isolation": "strict" in';
    const shared = mkdtempSync('/tmp/berth-shared-');
    chmodSync(shared, 0o755);
    symlinkSync('/etc', `${shared}/link`);
    writeFileSync(`${shared}/file`, 'content\n');
    ok('create', '--name', 'before', '-v', `${shared}/link:/host`, TEST_IMAGE, 'true');
    ok('run', '-d', '--name', 'lofty', '--privileged', TEST_IMAGE, 'sleep', '60');
    ok('volume', 'create', '-o', 'type=none', '-o', 'o=bind', '-o', 'device=/etc', 'etcetera');
    expect((await put('strict')).json()).toMatchObject({ Problems: [], Changed: ['isolation'] });
    const refused = await engine.api('POST', '/v1.51/containers/create', {
      Image: TEST_IMAGE,
      HostConfig: { Privileged: true },
    });
    expect(refused.status).toBe(403);
    expect(refused.json()['message']).toContain(`--privileged is refused: this engine ${why}`);
    for (const [name, what] of [
      ['before', `a mount of ${shared}/link (/etc)`],
      ['lofty', '--privileged'],
    ] as const)
      expect(said('restart', name)).toContain(`${what} is refused: this engine ${why}`);
    expect(ok('exec', 'lofty', 'echo', 'goes on')).toBe('goes on');
    expect(said('start', 'before')).toContain('is refused');
    expect(said('cp', 'before:/host/hostname', '-')).toContain('is refused');
    for (const flags of [
      ['--pid', 'host'],
      ['--cap-add', 'SYS_ADMIN'],
      ['-v', `${shared}/link:/x:ro`],
      ['-v', `${engine.dataRoot}:/x`],
      ['-v', 'etcetera:/x'],
      ['--volumes-from', 'before'],
    ])
      expect(said('create', ...flags, TEST_IMAGE, 'true'), flags.join(' ')).toContain('is refused');
    const script = 'cat /x/file; grep NoNewPrivs /proc/self/status; sleep 60';
    ok('run', '-d', '--name', 'after', '-v', `${shared}:/x`, '-v', 'kept:/y', TEST_IMAGE, 'sh', '-c', script);
    await expect.poll(() => ok('logs', 'after')).toBe('content\nNoNewPrivs:\t1');
    expect(said('exec', '--privileged', 'after', 'true')).toContain('exec --privileged is refused');
    expect(ok('exec', 'after', 'grep', 'NoNewPrivs', '/proc/self/status')).toBe('NoNewPrivs:\t1');
    expect(
      (await engine.api('POST', '/v1.51/containers/after/update', { Devices: [{ PathOnHost: '/x' }] })).status,
    ).toBe(403);
    ok('update', '--pids-limit', '50', 'after');
    const step = { input: `FROM ${TEST_IMAGE}\nRUN grep NoNewPrivs:.1 /proc/self/status\n` };
    expect(engine.docker(['build', '--network', 'host', '-'], step).stderr).toContain('(--network host) is refused');
    expect(engine.docker(['build', '-'], step).code).toBe(0);
    expect(ok('info', '--format', '{{.SecurityOptions}}')).toContain('no-new-privileges');
    await put('standard');
    ok('start', 'before');
    ok('rm', '-f', 'before', 'lofty', 'after');
    ok('volume', 'rm', 'etcetera', 'kept');
    rmSync(shared, { recursive: true });
  });

  it.each([
    ['malformed JSON', '{"Image": ', 400, /invalid JSON/],
    ['a list for an object', [], 400, /invalid container config/],
    ['no body', undefined, 400, /config cannot be empty/],
    ['no image', { Cmd: ['true'] }, 400, /no image specified/],
    ['an unknown image', { Image: 'no/such:image' }, 404, /No such image: no\/such:image/],
    ['a number for a command', { Image: TEST_IMAGE, Cmd: 7 }, 400, /Cmd/],
    ['no command at all', { Image: TEST_IMAGE, Entrypoint: [''] }, 400, /no command specified/],
    ['a relative working directory', { Image: TEST_IMAGE, WorkingDir: 'here' }, 400, /needs to be an absolute path/],
    [
      'too little memory',
      { Image: TEST_IMAGE, HostConfig: { Memory: 1024 } },
      400,
      /Minimum memory limit allowed is 6MB/,
    ],
    ['an unknown capability', { Image: TEST_IMAGE, HostConfig: { CapAdd: ['FLY'] } }, 400, /invalid capability/],
    ['a bad bind', { Image: TEST_IMAGE, HostConfig: { Binds: ['/only'] } }, 400, /invalid volume specification/],
    ['a mount over the root', { Image: TEST_IMAGE, HostConfig: { Binds: ['/tmp:/'] } }, 400, /can't be '\/'/],
    [
      'two mounts at one place',
      { Image: TEST_IMAGE, HostConfig: { Binds: ['/tmp:/a', '/tmp:/a/'] } },
      400,
      /Duplicate mount point/,
    ],
    [
      'a bad volume name',
      { Image: TEST_IMAGE, HostConfig: { Binds: ['../up:/a'] } },
      400,
      /includes invalid characters/,
    ],
    ['a bad port', { Image: TEST_IMAGE, HostConfig: { PortBindings: { '99999/tcp': [] } } }, 400, /invalid port/],
    [
      'an unknown network',
      { Image: TEST_IMAGE, HostConfig: { NetworkMode: 'nowhere' } },
      404,
      /network nowhere not found/,
    ],
    [
      'an unknown log driver',
      { Image: TEST_IMAGE, HostConfig: { LogConfig: { Type: 'pigeon' } } },
      400,
      /no log driver named/,
    ],
    [
      'a foreign sysctl',
      { Image: TEST_IMAGE, HostConfig: { Sysctls: { 'kernel.panic': '1' } } },
      400,
      /not in a separate kernel namespace/,
    ],
    [
      'a bad seccomp profile',
      { Image: TEST_IMAGE, HostConfig: { SecurityOpt: ['seccomp={'] } },
      400,
      /Decoding seccomp profile failed/,
    ],
    [
      'a bad ulimit',
      { Image: TEST_IMAGE, HostConfig: { Ulimits: [{ Name: 'nofile', Soft: 9, Hard: 1 }] } },
      400,
      /must be less than or equal/,
    ],
    [
      'a device that is none',
      { Image: TEST_IMAGE, HostConfig: { Devices: [{ PathOnHost: '/etc/passwd' }] } },
      400,
      /not a device node/,
    ],
    ['a bad stop signal', { Image: TEST_IMAGE, StopSignal: 'SIGNOPE' }, 400, /Invalid signal/],
    ['a bad variable', { Image: TEST_IMAGE, Env: ['=x'] }, 400, /invalid environment variable/],
    ['a variable without a name', { Image: TEST_IMAGE, Env: [''] }, 400, /invalid environment variable: $/],
    [
      'a nameless annotation',
      { Image: TEST_IMAGE, HostConfig: { Annotations: { '': 'x' } } },
      400,
      /^invalid Annotations: the empty string is not permitted/,
    ],
    [
      'a name beside the host',
      { Image: TEST_IMAGE, Hostname: 'a', HostConfig: { UTSMode: 'host' } },
      400,
      /the UTS mode/,
    ],
  ])('refuses to create a container with %s', async (_, body, status, words) => {
    const answer = await create(body);
    expect(answer.status, answer.body).toBe(status);
    expect(message(answer)).toMatch(words);
    expect((await engine.api('GET', '/containers/json?all=1')).json()).toEqual([]);
  });

  it('refuses a name that is wrong or in use', async () => {
    expect((await create({ Image: TEST_IMAGE }, '-dash')).status).toBe(400);
    expect((await create({ Image: TEST_IMAGE }, 'twice')).status).toBe(201);
    const again = await create({ Image: TEST_IMAGE }, 'twice');
    expect(again.status).toBe(409);
    expect(message(again)).toMatch(/already in use by container/);
    expect((await engine.api('DELETE', '/containers/twice')).status).toBe(204);
  });

  it('refuses bodies that are too large, of another type, or cut short', async () => {
    const large = await create({ Image: TEST_IMAGE, Env: [`A=${'x'.repeat(5 * 1024 * 1024)}`] });
    expect(large.status).toBe(413);
    expect(
      await raw(
        engine,
        'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}',
      ),
    ).toMatch(/^HTTP\/1.1 400/);
    await raw(
      engine,
      'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
      true,
    );
    expect(await raw(engine, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
    expect((await engine.api('GET', '/_ping')).body).toBe('OK');
  });

  it('refuses a body that is too large so that a client hears of it that sends all before it listens', async () => {
    expect(await sendsFirst(engine, 5 * 1024 * 1024)).toMatch(/^HTTP\/1.1 413/);
  });

  it('answers unknown paths, objects and versions with the right status', async () => {
    expect((await engine.api('GET', '/nowhere')).status).toBe(404);
    expect((await engine.api('GET', '/v1.23/info')).status).toBe(400);
    expect((await engine.api('GET', '/v9.99/info')).status).toBe(400);
    expect((await engine.api('GET', '/v1.24/info')).status).toBe(200);
    for (const [method, path] of [
      ['GET', '/containers/none/json'],
      ['POST', '/containers/none/start'],
      ['DELETE', '/containers/none'],
      ['GET', '/images/none/json'],
      ['GET', '/networks/none-such'],
      ['POST', '/exec/none/start'],
    ] as const) {
      expect((await engine.api(method, path)).status, path).toBe(404);
    }
    expect((await engine.api('GET', '/containers/json?filters={bad')).status).toBe(400);
    expect((await engine.api('GET', '/containers/json?limit=x')).status).toBe(400);
  });

  it('gives 304 for what is already so, 409 for what cannot be now', async () => {
    const id = engine.dockerOk(['run', '-d', TEST_IMAGE, 'sleep', '60']);
    expect((await engine.api('POST', `/containers/${id}/start`)).status).toBe(304);
    expect((await engine.api('POST', `/containers/${id}/unpause`)).status).toBe(409);
    expect((await engine.api('DELETE', `/containers/${id}`)).status).toBe(409);
    expect((await engine.api('POST', `/containers/${id}/stop?t=0`)).status).toBe(204);
    expect((await engine.api('POST', `/containers/${id}/stop`)).status).toBe(304);
    expect((await engine.api('POST', `/containers/${id}/kill`)).status).toBe(409);
    expect((await engine.api('POST', `/containers/${id}/pause`)).status).toBe(409);
    expect((await engine.api('POST', `/containers/${id}/exec`, { Cmd: ['true'] })).status).toBe(409);
    expect((await engine.api('DELETE', `/containers/${id}`)).status).toBe(204);
  });

  it('leaves a container whose start failed as it was, and it can be started when the cause is gone', async () => {
    const source = `${engine.directory}/missing`;
    mkdirSync(source, { mode: 0o755 });
    const answer = await create(
      {
        Image: TEST_IMAGE,
        Cmd: ['cat', '/data/file'],
        HostConfig: { Mounts: [{ Type: 'bind', Source: source, Target: '/data' }] },
      },
      'mender',
    );
    expect(answer.status).toBe(201);
    rmSync(source, { recursive: true });
    const failed = await engine.api('POST', '/containers/mender/start');
    expect(failed.status).toBe(400);
    expect(message(failed)).toMatch(/bind source path does not exist/);
    expect((await engine.api('GET', '/containers/mender/json')).json()).toMatchObject({ State: { Status: 'created' } });
    mkdirSync(source, { mode: 0o755 });
    writeFileSync(`${source}/file`, 'now it is there');
    expect(engine.dockerOk(['start', '-a', 'mender'])).toBe('now it is there');
    engine.dockerOk(['rm', 'mender']);
    rmSync(source, { recursive: true });
  });

  it('survives clients that go away in the middle of anything', async () => {
    const id = engine.dockerOk(['run', '-d', TEST_IMAGE, 'sh', '-c', 'while :; do echo x; sleep 0.01; done']);
    for (let round = 0; round < 20; round += 1) {
      for (const path of [`/containers/${id}/logs?follow=1&stdout=1`, '/events'])
        await raw(engine, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, true);
      for (const path of [`/containers/${id}/attach?stream=1&stdout=1`, `/containers/${id}/wait`])
        await raw(engine, `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`, true);
    }
    expect((await engine.api('GET', '/_ping')).body).toBe('OK');
    engine.dockerOk(['rm', '-f', id]);
  });

  it('does not start on a data root or a socket that is in use, and says so', async () => {
    const second = await tryStart([
      '--data-root',
      engine.dataRoot,
      '--exec-root',
      `${engine.directory}/run2`,
      '--host',
      `unix://${engine.directory}/2.sock`,
    ]);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/another engine \(pid \d+\) is using the data root/),
    });
    const sameSocket = await tryStart([
      '--data-root',
      `${engine.directory}/data2`,
      '--exec-root',
      `${engine.directory}/run2`,
      '--host',
      engine.host,
    ]);
    expect(sameSocket).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by another process') });
    writeFileSync(`${engine.directory}/file`, 'precious');
    const onFile = await tryStart([
      '--data-root',
      `${engine.directory}/data2`,
      '--exec-root',
      `${engine.directory}/run2`,
      '--host',
      `unix://${engine.directory}/file`,
    ]);
    expect(onFile).toMatchObject({ code: 1, stderr: expect.stringContaining('exists and is not a socket') });
    expect(existsSync(`${engine.directory}/file`)).toBe(true);
    const server = createServer().listen(`${engine.directory}/other.sock`);
    await once(server, 'listening');
    const foreign = await tryStart([
      '--data-root',
      `${engine.directory}/data2`,
      '--exec-root',
      `${engine.directory}/run2`,
      '--host',
      `unix://${engine.directory}/other.sock`,
    ]);
    expect(foreign).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use') });
    server.close();
    expect((await engine.api('GET', '/_ping')).body).toBe('OK');
  });
});

/** Starts an engine that is expected not to start. */
async function tryStart(args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [BERTH_COMMAND, 'engine', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  return { code, stderr };
}

/** Sends bytes as they are; returns the first answer, or cuts the connection after 5 ms. */
function raw(engine: EngineProcess, text: string, abort = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(engine.socket, () => socket.write(text));
    let answer = '';
    const finish = (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('error', finish);
    socket.on('close', finish);
    if (abort) setTimeout(finish, 5);
    else
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
        finish();
      });
  });
}

/** What a client reads that sends the whole of a body of blanks, after a moment, before it reads anything. */
function sendsFirst(engine: EngineProcess, size: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(engine.socket);
    let answer = '';
    socket.pause();
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', () => undefined); // Closed too early: what was read until then is the answer.
    socket.on('close', () => {
      resolve(answer);
    });
    socket.write(
      `POST /containers/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`,
    );
    setTimeout(() => socket.write(Buffer.alloc(size, ' '), () => socket.resume()), 100);
  });
}
