import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './main.ts';

const ID = 'a'.repeat(64);
const NANOSECONDS = '1796052735775000123';

/** What a stand-in for an engine answers, by method and path; a number is a refusal. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  'GET /containers/json': [{ Id: ID, Names: ['/one'], Image: 'img', Command: 'x', Created: 0, State: 'running' }],
  'GET /containers/one/json': { Id: ID, State: { Status: 'running' }, Config: { Labels: { a: 'b' } } },
  'POST /containers/create': { Id: ID, Warnings: null },
  [`POST /containers/${ID}/start`]: 400,
  'POST /containers/prune': { ContainersDeleted: [], SpaceReclaimed: 0 },
  'POST /images/create': { status: 'Pulling' },
  'GET /images/img/history': [],
  'GET /info': { Containers: 3, ServerVersion: '9', HttpProxy: 'http://p', SecurityOptions: ['name=x,profile=y'] },
  'GET /version': { Version: '9', ApiVersion: '1.51', Os: 'linux', Arch: 'amd64' },
  'GET /events': {
    Type: 'container',
    Action: 'die',
    Actor: { ID: 'one', Attributes: {} },
    timeNano: 'exact',
  },
};

describe('runCli', () => {
  const directory = mkdtempSync('/tmp/berth-main-');
  const socket = join(directory, 'engine.sock');
  let server: Server;
  let asked: string[] = [];

  beforeAll(async () => {
    writeFileSync(join(directory, 'config.json'), JSON.stringify({ pruneFilters: ['label=x'] }));
    server = createServer((request, response) => {
      void text(request).then(() => {
        const { pathname, search } = new URL(request.url ?? '', 'http://engine');
        const key = `${request.method ?? ''} ${pathname.replace(/^\/v[\d.]+/, '')}`;
        asked.push(key + decodeURIComponent(search));
        const answer = ANSWERS[key];
        response.statusCode = answer === undefined ? 404 : typeof answer === 'number' ? answer : 200;
        const refusal = { message: answer === undefined ? `no ${key}` : 'exec: "x": executable file not found' };
        const body = JSON.stringify(response.statusCode === 200 ? answer : refusal);
        response.end(body.replace('"exact"', NANOSECONDS));
      });
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
  });

  afterAll(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  beforeEach(() => {
    asked = [];
  });

  async function berth(...words: string[]): Promise<{ code: number; out: string; err: string }> {
    return berthAt(socket, {}, ...words);
  }

  async function berthAt(
    path: string,
    environment: NodeJS.ProcessEnv,
    ...words: string[]
  ): Promise<{ code: number; out: string; err: string }> {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const [out, err] = [text(stdout), text(stderr)];
    const code = await runCli(words, path, () => Promise.reject(new Error('no registry')), {
      environment: { DOCKER_CONFIG: directory, ...environment },
      stdin: stdin as unknown as NodeJS.ReadStream,
      stdout: stdout as unknown as NodeJS.WriteStream,
      stderr: stderr as unknown as NodeJS.WriteStream,
    });
    stdout.end();
    stderr.end();
    return { code, out: await out, err: await err };
  }

  it('says its version without an engine, and what it knows of both', async () => {
    expect(await berthAt('/nowhere', {}, '--version')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Berth version \d/) as string,
    });
    const alone = await berthAt('/nowhere', {}, 'version');
    expect(alone).toMatchObject({ code: 1, err: expect.stringMatching(/Cannot connect/) as string });
    expect(alone.out).toMatch(/^Client: Berth\n Version: +\d[^]* Context: +default\n$/);
    expect((await berth('version', '-f', '{{.Client.APIVersion}} {{.Server.Version}}')).out).toBe('1.51 9\n');
    expect((await berthAt(socket, { DOCKER_API_VERSION: '1.44' }, 'version')).out).toContain(
      '1.44 (downgraded from 1.51)',
    );
  });

  it("prints an engine's facts in docker's words, and refuses a field that is none", async () => {
    const { out } = await berth('info');
    expect(out).toMatch(/^Client: Berth\n[^]*\nServer:\n Containers: 3\n/);
    expect(out).toContain(' Server Version: 9\n');
    expect(out).toContain(' Security Options:\n  x\n   Profile: y\n');
    expect((await berth('info', '-f', '{{.HTTPProxy}} {{.ClientInfo.Context}}')).out).toBe('http://p default\n');
    expect(await berth('info', '-f', '{{.Nope}}')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/Nope/) as string,
    });
  });

  it.each([
    [['run'], 1, /requires at least 1 argument/],
    [['rename', 'x'], 1, /requires exactly 2 arguments/],
    [['run', '--nope'], 125, /unknown flag: --nope/],
    [['rm', 'none'], 1, /^Error response from daemon: no DELETE/],
    [['rm', '-f', 'none'], 0, /^Error response from daemon: no DELETE/],
    [['rmi', '-f', 'none'], 0, /^Error response from daemon: no DELETE/],
    [['network', 'rm', '-f', 'none'], 0, /^$/],
    [['inspect', ''], 1, /invalid container name or ID: value is empty/],
    [['events', '--format', '{{.Nope}}'], 64, /can't evaluate field Nope/],
    [['pull', '-a', 'img:1'], 1, /tag can't be used with --all-tags/],
    [['system', 'prune', '-f', '--volumes', '--filter', 'until=1h'], 1, /"until" filter is not supported/],
  ])('%j ends with %d', async (words, code, err) => {
    expect(await berth(...words)).toMatchObject({ code, err: expect.stringMatching(err) as string });
  });

  it('prints the id of a container that does not start', async () => {
    expect(await berth('run', '-d', 'img', 'x')).toEqual({
      code: 127,
      out: `${ID}\n`,
      err: 'Error response from daemon: exec: "x": executable file not found\n',
    });
  });

  it('lists by docker’s rules of --format and --quiet', async () => {
    expect((await berth('ps', '--format', '')).out).toMatch(/^CONTAINER ID/);
    expect(await berth('ps', '-q', '--format', '{{.Names}}')).toMatchObject({
      out: `${ID.slice(0, 12)}\n`,
      err: expect.stringMatching(/WARNING/) as string,
    });
    expect((await berth('inspect', '-f', '{{.ID}} {{.State.ExitCode}} {{index .Config.Labels "c"}}', 'one')).out).toBe(
      `${ID} 0 \n`,
    );
  });

  it('prints events with every digit of their time', async () => {
    const { out } = await berth('events', '--since', '1');
    expect(out).toContain('775000123');
    expect(out).toMatch(/ container die one\n$/);
    expect((await berth('events', '--format', '{{.TimeNano}} {{.Status}}')).out).toBe(`${NANOSECONDS} \n`);
  });

  it('asks for a platform, and with the filters of the configuration', async () => {
    await berth('history', '--platform', 'linux/arm64', 'img');
    await berth('container', 'prune', '-f');
    await berthAt(socket, { DOCKER_DEFAULT_PLATFORM: 'linux/arm64' }, 'pull', 'img');
    expect(asked).toEqual([
      'GET /images/img/history?platform={"os":"linux","architecture":"arm64"}',
      'POST /containers/prune?filters={"label":["x"]}',
      'POST /images/create?fromImage=img&tag=latest&platform=linux/arm64',
    ]);
  });

  it('tells which image was pulled', async () => {
    expect((await berth('pull', 'img')).out).toMatch(
      /^Using default tag: latest\n[^]*docker\.io\/library\/img:latest\n$/,
    );
    expect((await berth('pull', '-q', 'img:1')).out).toBe('docker.io/library/img:1\n');
  });
});
