import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './main.ts';

const ID = 'a'.repeat(64);
const NANOSECONDS = '1796052735775000123';

function image(digit: string, created: number, tags: readonly string[], more: object): object {
  return {
    Id: `sha256:${digit.repeat(64)}`,
    Created: created,
    Size: 1_500_000,
    RepoTags: tags,
    RepoDigests: [],
    ...more,
  };
}

function platformImage(digit: string, architecture: string, isUsed: boolean): object {
  return {
    ID: `sha256:${digit.repeat(64)}`,
    Kind: 'image',
    Available: true,
    Size: { Total: 1_000_000, Content: 250_000 },
    ImageData: { Platform: { os: 'linux', architecture }, Containers: isUsed ? [ID] : null },
  };
}

function clusterVolume(name: string, nodes: readonly number[]): object {
  const ClusterVolume = { Spec: { Group: 'g', Availability: 'active' }, Info: { VolumeID: 'x' }, PublishStatus: nodes };
  return { Name: name, Driver: 'csi', ClusterVolume };
}

/** What a stand-in for an engine answers, by method and path; a number or a text is a refusal. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  'GET /containers/json': [{ Id: ID, Names: ['/one'], Image: 'img', Command: 'x', Created: 0, State: 'running' }],
  'GET /containers/one/json': { Id: ID, State: { Status: 'running' }, Config: { Labels: { a: 'b' } } },
  'POST /containers/create': { Id: ID, Warnings: null },
  [`POST /containers/${ID}/start`]: 400,
  'GET /images/Upper/json': 'invalid reference format: repository name must be lowercase',
  'GET /volumes/Upper': { Name: 'Upper' },
  'POST /containers/prune': { ContainersDeleted: [], SpaceReclaimed: 0 },
  'POST /images/create': { status: 'Pulling' },
  'GET /images/img/history': [],
  [`PUT /containers/${ID}/archive`]: {},
  'GET /images/json': [
    image('b', 10, ['repo/short:1', 'repo/a-longer-name:1'], {
      Containers: 1,
      Manifests: [
        platformImage('c', 'amd64', true),
        { ...platformImage('d', 'arm64', false), Available: false },
        { ID: 'e', Kind: 'attestation', Available: true, Size: { Total: 5, Content: 500_000 } },
      ],
    }),
    image('f', 30, [], {}),
    image('a', 20, ['x:1'], { Manifests: null }),
  ],
  'GET /volumes/plain': { Name: 'plain' },
  'GET /volumes/shared': { Name: 'shared', ClusterVolume: { ID: 'v1', Version: { Index: 7 }, Spec: { Group: 'g' } } },
  'PUT /volumes/v1': {},
  'GET /volumes': { Volumes: [{ Name: 'plain' }, clusterVolume('two', [1, 2]), clusterVolume('none', [])] },
  'POST /volumes/create': { Name: 'made' },
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
  let bodies: string[] = [];

  beforeAll(async () => {
    writeFileSync(join(directory, 'config.json'), JSON.stringify({ pruneFilters: ['label=x'] }));
    server = createServer((request, response) => {
      void text(request).then((sent) => {
        const { pathname, search } = new URL(request.url ?? '', 'http://engine');
        const key = `${request.method ?? ''} ${pathname.replace(/^\/v[\d.]+/, '')}`;
        bodies.push(sent);
        asked.push(key + decodeURIComponent(search));
        const answer = ANSWERS[key];
        response.statusCode =
          answer === undefined ? 404 : typeof answer === 'number' ? answer : typeof answer === 'string' ? 400 : 200;
        const reason = typeof answer === 'string' ? answer : 'exec: "x": executable file not found';
        const refusal = { message: answer === undefined ? `no ${key}` : reason };
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
    bodies = [];
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
    [
      ['events', '--format', '{{.Nope}}'],
      64,
      /^Error parsing format: .* can't evaluate field Nope in type \*events.Message/,
    ],
    [['events', '--format', '{{nope .}}'], 64, /^Error parsing format: template: :1: function "nope" not defined/],
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

  it('looks for things of other kinds whose names no image can have', async () => {
    expect((await berth('inspect', '-f', '{{.Name}}', 'Upper')).out).toBe('Upper\n');
    expect(await berth('inspect', '--type', 'image', 'Upper')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/invalid reference format/) as string,
    });
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

  it('shows what images hold for each platform', async () => {
    const gap = '   ';
    expect((await berth('images', '--tree')).out.split('\n').map((line) => line.trimEnd())).toEqual([
      'Info ->  U In Use'.padStart(79),
      '',
      ['IMAGE               ', 'ID          ', 'DISK USAGE', 'CONTENT SIZE', 'EXTRA'].join(gap),
      ['x:1                 ', 'aaaaaaaaaaaa', '     1.5MB', '          0B'].join(gap),
      '',
      'repo/a-longer-name:1',
      ['repo/short:1        ', 'bbbbbbbbbbbb', '     1.5MB', '         1MB', 'U'].join(gap),
      ['├─ linux/amd64      ', 'cccccccccccc', '       1MB', '       250kB', 'U'].join(gap),
      ['└─ linux/arm64      ', 'dddddddddddd', '       1MB', '       250kB'].join(gap),
      '',
      '',
    ]);
    expect(asked).toEqual(['GET /images/json?all=0&manifests=1']);
    expect((await berth('images', '--tree', '-a')).out).toContain('<untagged>');
    expect(await berth('images', '--tree', '-q')).toMatchObject({
      code: 1,
      err: '--quiet is not yet supported with --tree\n',
    });
  });

  it('makes, shows and changes volumes of a swarm', async () => {
    await berth(
      'volume',
      'create',
      '--group',
      'g',
      '--limit-bytes',
      '1k',
      '--secret',
      'k=s',
      '--topology-required',
      'a=1,b=2',
      'v',
    );
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      Name: 'v',
      ClusterVolumeSpec: {
        Group: 'g',
        AccessMode: { Scope: 'single', Sharing: 'none', BlockVolume: {} },
        AccessibilityRequirements: { Requisite: [{ Segments: { a: '1', b: '2' } }], Preferred: [] },
        CapacityRange: { LimitBytes: 1024, RequiredBytes: 0 },
        Secrets: [{ Key: 'k', Secret: 's' }],
        Availability: 'active',
      },
    });
    expect((await berth('volume', 'ls', '--cluster')).out.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^none +g +csi +active +created$/),
      expect.stringMatching(/^two +g +csi +active +in use \(2 nodes\)$/),
      '',
    ]);
    expect(await berth('volume', 'update', 'plain')).toMatchObject({
      code: 1,
      err: 'can only update cluster volumes\n',
    });
    expect(await berth('volume', 'update', '--availability', 'drain', 'shared')).toMatchObject({ code: 0, out: '' });
    expect([asked.at(-1), bodies.at(-1)]).toEqual([
      'PUT /volumes/v1?version=7',
      '{"Spec":{"Group":"g","Availability":"drain"}}',
    ]);
  });

  it('hands a container the socket of the engine and the logins of who makes it', async () => {
    const home = mkdtempSync('/tmp/berth-logins-');
    writeFileSync(
      join(home, 'config.json'),
      JSON.stringify({ auths: { 'reg.example': { auth: btoa('ada:secret') } } }),
    );
    await berthAt(socket, { DOCKER_CONFIG: home }, 'create', '--use-api-socket', 'img');
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
      Env: ['DOCKER_CONFIG=/run/secrets/docker'],
      HostConfig: { Mounts: [{ Type: 'bind', Source: socket, Target: '/var/run/docker.sock' }] },
    });
    expect(asked[1]).toBe(`PUT /containers/${ID}/archive?path=/`);
    expect(bodies[1]).toContain(`{"auths":{"reg.example":{"auth":"${btoa('ada:secret')}"}}}`);
    await berthAt(socket, { DOCKER_CONFIG: home }, 'create', '--use-api-socket', '-e', 'DOCKER_CONFIG=/x', 'img');
    expect(asked.slice(2)).toEqual(['POST /containers/create']);
    rmSync(home, { recursive: true });
  });

  it('refuses a build’s wrong names and hosts before it asks, and keeps no id of a build before', async () => {
    const file = join(directory, 'id');
    writeFileSync(file, 'old');
    const build = (...words: string[]): ReturnType<typeof berth> => berth('build', ...words, 'https://host.invalid/x');
    expect(await build('-t', 'Wrong')).toMatchObject({
      code: 125,
      err: expect.stringMatching(/invalid reference/) as string,
    });
    const bad = await build('--add-host', 'foo');
    expect(bad).toMatchObject({
      code: 125,
      err: expect.stringMatching(/^invalid argument "foo" for "--add-host"/) as string,
    });
    expect(asked.filter((one) => one.includes('/build'))).toEqual([]);
    expect((await build('--iidfile', file, '--label', 'a', '--label', 'b=c')).code).toBe(1);
    expect(existsSync(file)).toBe(false);
    expect(asked.find((one) => one.includes('/build?'))).toContain('labels={"a":"","b":"c"}');
  });

  it('leaves out of its overview what groups have too, when it is asked to', async () => {
    expect((await berth('--help')).out).toMatch(/^ {2}kill /m);
    const { out } = await berthAt('/nowhere', { DOCKER_HIDE_LEGACY_COMMANDS: '1' }, '--help');
    expect(out).not.toMatch(/^ {2}(kill|rmi|events|inspect) /m);
    expect(out).toMatch(/^ {2}run /m);
  });

  it('tells which image was pulled', async () => {
    expect((await berth('pull', 'img')).out).toMatch(
      /^Using default tag: latest\n[^]*docker\.io\/library\/img:latest\n$/,
    );
    expect((await berth('pull', '-q', 'img:1')).out).toBe('docker.io/library/img:1\n');
  });
});
