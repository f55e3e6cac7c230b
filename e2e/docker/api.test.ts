import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ApiDescription } from '../fixtures/api-description.ts';
import { limitsOf } from '../fixtures/control-groups.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { LocalRegistry } from '../fixtures/registry.ts';
import { rootFilesystemTar, TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

const description = ApiDescription.load();

/** Words for the query or body of requests that mean nothing without them. */
const QUERIES: Readonly<Record<string, string>> = {
  'GET /events': '?since=1&until=2',
  'GET /containers/{id}/logs': '?stdout=1',
  'GET /containers/{id}/stats': '?stream=0&one-shot=1',
  'POST /images/create': '?fromImage=127.0.0.1:1/none:none',
};
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /containers/create': { Image: 'not/there' },
  'POST /containers/{id}/exec': { Cmd: ['true'] },
};
/** They reach out to the internet when asked about a name without a registry. */
const REMOTE = /^(GET \/images\/search|POST \/auth|GET \/distribution|POST \/images\/\{name\}\/push)/;

/** The paths of the API, the answers of a daemon without swarm, and how versions are agreed on. */
describe.each(ENGINE_MODES)('the API as %s', (mode) => {
  // As this user's, or root's, and nobody else's.
  const managedFile = join(mkdtempSync('/tmp/berth-managed-'), 'managed.json');
  const managing = ['--managed-file', managedFile];
  const engine = new EngineProcess(mode, { checked: true, flags: mode === 'root' ? managing : [] });
  const ok = (...args: string[]): string => engine.dockerOk(args);

  useEngine(engine);
  afterAll(() => {
    rmSync(dirname(managedFile), { recursive: true });
  });

  it.skipIf(description === null)(
    `has every path that the description of Docker has${description === null ? ' (skipped: the description is not beside the checkout)' : ''}`,
    async () => {
      const missing: string[] = [];
      for (const { method, template } of description?.operations() ?? []) {
        const name = `${method} ${template}`;
        if (REMOTE.test(name)) continue; // Below, against a registry.
        const path = template.replaceAll(/\{[^}]+\}/g, 'nobody');
        const { status, body } = await engine.api(method, `/v1.51${path}${QUERIES[name] ?? ''}`, BODIES[name]);
        // An answer to HEAD has no words to tell by: an unknown container is 404 too.
        if (status === 404 && method !== 'HEAD' && body.includes('page not found')) missing.push(name);
      }
      expect(missing).toEqual([]);
    },
  );

  it('answers for swarm and plugins as a daemon that has neither', async () => {
    for (const path of ['swarm', 'nodes', 'services', 'tasks', 'secrets', 'configs', 'services/some/logs?stdout=1']) {
      const { status, json } = await engine.api('GET', `/v1.51/${path}`);
      expect({ path, status }).toEqual({ path, status: 503 });
      expect(json()['message']).toContain('This node is not a swarm manager.');
    }
    expect(engine.docker(['service', 'ls']).stderr).toContain('This node is not a swarm manager.');
    expect(engine.docker(['swarm', 'leave']).stderr).toContain('This node is not part of a swarm');
    expect(engine.docker(['swarm', 'init']).code).not.toBe(0);
    expect(ok('info', '--format', '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}')).toBe('inactive false');
    expect(ok('plugin', 'ls', '-q')).toBe('');
    expect(engine.docker(['plugin', 'inspect', 'vieux/sshfs']).stderr).toContain('not found');
    expect(engine.docker(['plugin', 'rm', 'vieux/sshfs']).stderr).toContain('plugin "vieux/sshfs" not found');
    const filtered = await engine.api('GET', `/v1.51/plugins?filters=${encodeURIComponent('{"foo":["bar"]}')}`);
    expect({ status: filtered.status, ...filtered.json() }).toEqual({ status: 400, message: "invalid filter 'foo'" });
  });

  it('answers for checkpoints as a daemon without experiments', async () => {
    expect((await engine.api('OPTIONS', '/containers/json')).status).toBe(200);
    const disabled = { status: 501, message: expect.stringContaining('This experimental feature is disabled') };
    for (const [method, rest] of [
      ['GET', ''],
      ['POST', ''],
      ['DELETE', '/some'],
    ] as const) {
      // Not in the description of the API: asked of the engine itself.
      const { status, json } = await engine.api(method, `/containers/nobody/checkpoints${rest}`);
      expect({ status, ...json() }).toEqual(disabled);
    }
    const started = await engine.api('POST', '/v1.51/containers/nobody/start?checkpoint=some');
    expect({ status: started.status, ...started.json() }).toEqual({
      status: 400,
      message: 'checkpoint is only supported in experimental mode',
    });
  });

  it('has a cache of builds with nothing in it', async () => {
    expect(ok('builder', 'prune', '-f')).toContain('Total reclaimed space: 0B');
    const build = await engine.api('POST', '/v1.51/build?t=some');
    expect(build.status).toBe(400);
    expect(build.json()['message']).toMatch(/\w/);
  });

  it('answers a ping with what clients settle their version and builder by', async () => {
    for (const method of ['GET', 'HEAD'])
      for (const path of ['/_ping', '/v1.24/_ping', '/v1.51/_ping']) {
        const { status, headers, body } = await engine.api(method, path);
        expect(status).toBe(200);
        expect(body).toBe(method === 'GET' ? 'OK' : '');
        expect(headers).toMatchObject({
          'api-version': '1.51',
          'builder-version': '2',
          'docker-experimental': 'false',
          ostype: 'linux',
          swarm: 'inactive',
          'cache-control': 'no-cache, no-store, must-revalidate',
          pragma: 'no-cache',
          'content-type': 'text/plain; charset=utf-8',
        });
        expect(headers['server']).toMatch(/^Berth\//);
      }
  });

  it('speaks every version from 1.24 on and refuses the others in words', async () => {
    for (let minor = 24; minor <= 51; minor += 1)
      expect((await engine.api('GET', `/v1.${minor}/containers/json`)).status).toBe(200);
    const old = await engine.api('GET', '/v1.23/info');
    expect(old.status).toBe(400);
    expect(old.json()['message']).toBe(
      'client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    );
    const young = await engine.api('GET', '/v1.52/info');
    expect(young.status).toBe(400);
    expect(young.json()['message']).toBe('client version 1.52 is too new. Maximum supported API version is 1.51');
    const at124 = engine.docker(['version', '--format', '{{.Client.APIVersion}}'], {
      environment: { DOCKER_API_VERSION: '1.24' },
    });
    expect(at124.stdout.trim()).toBe('1.24');
    const run = engine.docker(['run', '--rm', TEST_IMAGE, 'echo', 'hello'], {
      environment: { DOCKER_API_VERSION: '1.24' },
    });
    expect(run).toMatchObject({ code: 0, stdout: 'hello\n' });
  });

  it('answers older clients in the shape of their version', async () => {
    ok('network', 'create', 'old');
    const id = ok('run', '-d', '--name', 'aged', '--network', 'old', TEST_IMAGE, 'sleep', '300');
    const aliasesAt = async (version: string): Promise<unknown> => {
      const { NetworkSettings } = (await engine.api('GET', `/v${version}/containers/aged/json`)).json() as {
        NetworkSettings: { Networks: Record<string, { Aliases: unknown }> };
      };
      return NetworkSettings.Networks['old']?.Aliases;
    };
    expect(await aliasesAt('1.51')).toBeNull();
    expect(await aliasesAt('1.44')).toEqual([id.slice(0, 12)]);
    ok('rm', '-f', 'aged');
    ok('network', 'rm', 'old');
    const twoNetworks = { Image: TEST_IMAGE, NetworkingConfig: { EndpointsConfig: { a: {}, b: {} } } };
    const refused = await engine.api('POST', '/v1.43/containers/create', twoNetworks);
    expect(refused.status).toBe(400);
    expect(refused.json()['message']).toBe('Container cannot be created with multiple network endpoints: a, b');
    const made = (await engine.api('POST', '/v1.39/containers/create?name=ipc', { Image: TEST_IMAGE })).json();
    expect(ok('inspect', '--format', '{{.HostConfig.IpcMode}}', String(made['Id']))).toBe('shareable');
    ok('rm', 'ipc');
    const { json } = await engine.api('GET', '/v1.24/info');
    expect(json()['SecurityOptions']).toEqual(['seccomp']);
    expect((await engine.api('GET', '/v1.49/info')).json()).toMatchObject({ BridgeNfIptables: false });
    const now = (await engine.api('GET', '/v1.50/info')).json();
    expect(now).not.toHaveProperty('BridgeNfIptables');
    expect(Number(now['NFd'])).toBeGreaterThan(3);
    expect((await engine.api('POST', '/session')).json()['message']).toBe('no upgrade proto in request');
  });

  it('reads a body before it looks for what it is about', async () => {
    for (const path of [
      '/containers/none/update',
      '/containers/none/exec',
      '/exec/none/start',
      '/commit?container=none',
    ])
      expect((await engine.api('POST', path, '{} x')).json(), path).toEqual({
        message: 'unexpected content after JSON',
      });
  });

  it('says what is wrong with the size of a terminal', async () => {
    ok('create', '--name', 'sized', TEST_IMAGE, 'true');
    for (const [query, message] of [
      ['w=9', 'invalid resize height "": invalid syntax'],
      ['h=9&w=x', 'invalid resize width "x": invalid syntax'],
      ['h=-1&w=9', 'invalid resize height "-1": value out of range'],
    ])
      expect((await engine.api('POST', `/containers/sized/resize?${query}`)).json()).toEqual({ message });
    ok('rm', 'sized');
  });

  it('asks for the image of another platform', async () => {
    const created = await engine.api('POST', '/v1.51/containers/create?platform=linux/s390x', { Image: TEST_IMAGE });
    expect(created.status).toBe(404);
    expect(created.json()['message']).toMatch(
      /its platform \(.+\) does not match the specified platform \(linux\/s390x\)/,
    );
  });

  it('lists containers with their annotations and published ports, and finds them by the ports of the host', async () => {
    ok('run', '-d', '--name', 'noted', '--annotation', 'a=b', '-p', '127.0.0.1::80', TEST_IMAGE, 'sleep', '60');
    const port = ok('port', 'noted', '80').replace(/.*:/, '');
    const line = { Names: ['/noted'], HostConfig: { NetworkMode: expect.any(String), Annotations: { a: 'b' } } };
    const [now, before] = ['1.51', '1.45'].map((version) => engine.api('GET', `/v${version}/containers/json`));
    expect((await now)?.json()).toMatchObject([line]);
    expect((await before)?.body).not.toContain('Annotations');
    for (const [filter, found] of [
      [`publish=${port}`, 'noted'],
      ['publish=80', ''],
      ['expose=80/tcp', 'noted'],
      ['expose=81', ''],
    ] as const)
      expect(ok('ps', '--filter', filter, '--format', '{{.Names}}'), filter).toBe(found);
    const shown = (await engine.api('GET', '/containers/noted/json')).json()['HostConfig'];
    expect(shown).toMatchObject({ MaskedPaths: expect.arrayContaining(['/proc/kcore']), PidsLimit: null });
    for (const PidsLimit of [20, -1]) await engine.api('POST', '/containers/noted/update', { PidsLimit });
    await engine.api('POST', '/v1.39/containers/noted/update', { PidsLimit: 30 });
    expect(ok('inspect', '-f', '{{.HostConfig.PidsLimit}}', 'noted')).toBe('0');
    ok('rm', '-f', 'noted');
  });

  it('attaches by web socket', async () => {
    ok('create', '-i', '--name', 'socketed', TEST_IMAGE, 'sh', '-c', 'read line; echo "out $line"; echo err >&2');
    const target = `ws+unix://${engine.socket}:/v1.51/containers/socketed/attach/ws?stream=1&stdin=1&stdout=1&stderr=1`;
    const socket = new WebSocket(target);
    const chunks: Buffer[] = [];
    socket.on('message', (data: Buffer) => chunks.push(data));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    ok('start', 'socketed');
    socket.send(Buffer.from('hello\n'));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(Buffer.concat(chunks).toString().split('\n').sort()).toEqual(['', 'err', 'out hello']);
    const missing = new WebSocket(`ws+unix://${engine.socket}:/containers/nobody/attach/ws`);
    const error = await new Promise<Error>((resolve) => missing.once('error', resolve));
    expect(error.message).toContain('404');
    expect((await engine.api('GET', '/v1.51/containers/socketed/attach/ws')).status).toBe(400);
    ok('rm', 'socketed');
    // A frame that is none, while the container is not even started, ends the connection and nothing else.
    ok('create', '-i', '--name', 'waiting', TEST_IMAGE, 'cat');
    const raw = connect(engine.socket);
    const asks = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    const key = `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n`;
    raw.write(`GET /containers/waiting/attach/ws?stream=1&stdin=1 HTTP/1.1\r\nHost: x\r\n${asks}${key}\r\n`);
    raw.once('data', () => raw.write(Buffer.alloc(8, 0xff)));
    await once(raw, 'close');
    ok('rm', 'waiting');
  });

  it('imports from an address', async () => {
    const { createServer } = await import('node:http');
    const tar = await rootFilesystemTar();
    const server = createServer((request, response) => {
      if (request.url === '/root.tar') response.end(tar);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const host = `127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
    try {
      // The CLI needs the time of this process's server, so it may not block it.
      const from = (url: string): Promise<{ status: number; body: string }> =>
        engine.api('POST', `/v1.51/images/create?fromSrc=${encodeURIComponent(url)}&repo=test/fetched&changes=CMD+id`);
      const made = await from(`http://${host}/root.tar`);
      expect(made.body).toContain(`Downloading from http://${host}/root.tar`);
      expect(made.status).toBe(200);
      expect(ok('image', 'inspect', '--format', '{{.Comment}} {{.Config.Cmd}}', 'test/fetched')).toBe(
        `Imported from http://${host}/root.tar [/bin/sh -c id]`,
      );
      ok('rmi', 'test/fetched');
      const gone = await from(`${host}/other.tar`);
      expect(gone.body).toContain('Got HTTP status code >= 400: 404');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('asks registries: search, login and distribution', async () => {
    const registry = await LocalRegistry.start();
    try {
      const search = engine.docker(['search', `${registry.host}/some`]);
      expect(search.code).not.toBe(0);
      expect(search.stderr).toContain('Unexpected status code 404');
      const limit = await engine.api('GET', '/v1.51/images/search?term=some&limit=101');
      expect(limit.status).toBe(400);
      expect(limit.json()['message']).toBe('limit 101 is outside the range of [1, 100]');
      const login = await engine.api('POST', '/v1.51/auth', {
        username: 'someone',
        password: 'secret',
        serveraddress: registry.host,
      });
      expect(login.json()).toEqual({ Status: 'Login Succeeded', IdentityToken: '' });
      ok('tag', TEST_IMAGE, `${registry.host}/some/tools`);
      ok('push', `${registry.host}/some/tools`);
      const remote = await engine.api('GET', `/v1.51/distribution/${registry.host}/some/tools/json`);
      expect(remote.json()).toMatchObject({ Platforms: [{ os: 'linux' }] });
      expect((await engine.api('GET', `/v1.51/distribution/${registry.host}/some/none/json`)).status).toBe(404);
      ok('rmi', `${registry.host}/some/tools`);
    } finally {
      await registry.stop();
    }
  });

  it('saves several images at once, under names with slashes and ports', async () => {
    ok('tag', TEST_IMAGE, 'localhost:5000/deep/name/tools:v1');
    const both = await engine.api(
      'GET',
      `/v1.51/images/get?names=${TEST_IMAGE}&names=localhost:5000/deep/name/tools:v1`,
    );
    expect(both.status).toBe(200);
    expect(both.body).toContain('deep/name/tools');
    expect((await engine.api('GET', '/v1.51/images/localhost:5000/deep/name/tools:v1/get')).status).toBe(200);
    expect((await engine.api('GET', '/v1.51/images/localhost%3A5000%2Fdeep%2Fname%2Ftools:v1/json')).status).toBe(200);
    ok('rmi', 'localhost:5000/deep/name/tools:v1');
    expect((await engine.api('DELETE', '/v1.51/images/%20')).json()['message']).toBe('image name cannot be blank');
  });

  it('gives an image for the platform that is asked for, or none', async () => {
    const platform = (architecture: string) =>
      `platform=${encodeURIComponent(JSON.stringify({ os: 'linux', architecture }))}`;
    const own = platform(process.arch === 'x64' ? 'amd64' : process.arch);
    for (const path of ['json', 'history', 'get']) {
      const ask = (query: string) => engine.api('GET', `/v1.51/images/${TEST_IMAGE}/${path}?${query}`);
      expect({ path, status: (await ask(own)).status }).toEqual({ path, status: 200 });
      const other = await ask(platform('s390x'));
      expect({ path, status: other.status }).toEqual({ path, status: 404 });
      expect(other.json()['message']).toContain('does not match the specified platform (linux/s390x)');
      const several = await ask(`${own}&${own}`);
      expect(several.json()['message']).toBe('multiple platform parameters not supported');
    }
    // Older versions knew no such question.
    expect((await engine.api('GET', `/v1.47/images/${TEST_IMAGE}/json?${platform('s390x')}`)).status).toBe(200);
    const remove = async (...chosen: string[]): Promise<string> => {
      const query = chosen.map((architecture) => platform(architecture).replace('platform', 'platforms')).join('&');
      return String((await engine.api('DELETE', `/v1.51/images/${TEST_IMAGE}?${query}`)).json()['message']);
    };
    expect(await remove('s390x')).toContain('does not match the specified platform (linux/s390x)');
    expect(await remove('s390x', 'amd64')).toBe('multiple platforms are not supported');
    const importing = (wanted: string) =>
      engine.api('POST', `/v1.51/images/create?fromSrc=-&platform=${encodeURIComponent(wanted)}`);
    expect((await importing('macos/arm64')).json()['message']).toBe('operating system is not supported');
    expect((await importing(' ')).json()['message']).toContain('is an invalid OS component');
  });

  it('is configured by a file, which is read again at SIGHUP and written through its own API', async () => {
    const put = async (text: string) => (await engine.api('PUT', '/berth/configuration', { Text: text })).json();
    const info = async () => (await engine.api('GET', '/v1.51/info')).json();
    expect(await put('{"registry-mirrors": ["x"], "what": 1}')).toEqual({
      Problems: [{ Field: 'what', Message: 'there is no such option' }],
      Changed: [],
      Waiting: [],
    });
    expect(await put('{"default-runtime": "none-such"}')).toMatchObject({ Problems: [{ Field: 'default-runtime' }] });
    const settings = {
      'registry-mirrors': ['http://127.0.0.1:1'],
      'insecure-registries': ['reg.example:5000'],
      proxies: { 'https-proxy': 'http://me:secret@127.0.0.1:1', 'no-proxy': '.example' },
      labels: ['place=here'],
      'log-driver': 'local',
      'log-opts': { 'max-size': '1m' },
      dns: ['192.0.2.7'],
      'default-ulimits': { core: { Name: 'core', Soft: 0, Hard: 0 } },
      'default-address-pools': [{ base: '10.213.0.0/16', size: 26 }],
      'default-shm-size': '32M',
      'no-new-privileges': true,
      init: true,
      'default-network-opts': { bridge: { 'com.docker.network.driver.mtu': '1400' } },
      'live-restore': true,
    };
    const answer = await put(JSON.stringify(settings));
    expect(answer).toMatchObject({ Problems: [], Waiting: [] });
    expect(await info()).toMatchObject({
      LoggingDriver: 'local',
      Labels: ['place=here'],
      RegistryConfig: {
        Mirrors: ['http://127.0.0.1:1/'],
        IndexConfigs: { 'docker.io': { Official: true }, 'reg.example:5000': { Secure: false } },
      },
      DefaultAddressPools: [{ Base: '10.213.0.0/16', Size: 26 }],
      HttpProxy: '',
      HttpsProxy: 'http://xxxxx:xxxxx@127.0.0.1:1',
      NoProxy: '.example',
    });
    const pulled = (): string => engine.docker(['pull', 'reg.test/app:1']).stderr;
    expect(pulled()).toContain('through the proxy 127.0.0.1:1: connect ECONN');
    for (const [address, said] of [
      ['https://files.test/a', 'through the proxy 127.0.0.1:1: connect ECONN'],
      ['https://files.test/a.git', 'Failed to connect to 127.0.0.1 port 1'],
    ] as const)
      expect(engine.docker(['build', '-'], { input: `FROM scratch\nADD ${address} /\n` }).stderr).toContain(said);
    await put(JSON.stringify({ ...settings, proxies: { 'https-proxy': 'socks5://127.0.0.1:2' } }));
    expect(pulled()).toContain('through the proxy 127.0.0.1:2: connect ECONN');
    await put(JSON.stringify(settings));
    expect(ok('info', '--format', '{{.LoggingDriver}}')).toBe('local');
    const script =
      "ulimit -c; grep nameserver /etc/resolv.conf; grep ' /dev/shm ' /proc/mounts | grep -o 'size=[0-9]*k'; grep NoNewPrivs /proc/self/status";
    expect(ok('run', '--name', 'set', TEST_IMAGE, 'sh', '-c', `${script}; [ $$ = 1 ] || echo below an init`)).toBe(
      '0\nnameserver 192.0.2.7\nsize=32768k\nNoNewPrivs:\t1\nbelow an init',
    );
    expect(ok('logs', 'set')).toContain('192.0.2.7');
    expect(ok('inspect', '--format', '{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}}', 'set')).toBe(
      'local map[max-size:1m]',
    );
    ok('network', 'create', 'pooled');
    expect(ok('network', 'inspect', '--format', '{{(index .IPAM.Config 0).Subnet}}', 'pooled')).toBe('10.213.0.0/26');
    expect(ok('network', 'inspect', '--format', '{{index .Options "com.docker.network.driver.mtu"}}', 'pooled')).toBe(
      '1400',
    );
    // A file that is wrong changes nothing; one that is right, and empties it, does.
    writeFileSync(`${engine.dataRoot}/engine.json`, '{"labels": 1}');
    process.kill(engine.pid, 'SIGHUP');
    await expect.poll(() => engine.output).toContain('the configuration was not read again');
    expect((await info())['Labels']).toEqual(['place=here']);
    writeFileSync(`${engine.dataRoot}/engine.json`, '{}');
    process.kill(engine.pid, 'SIGHUP');
    await expect.poll(async () => (await info())['Labels']).toEqual([]);
    // Docker's command ends with the last whole second.
    await expect
      .poll(() => ok('events', '--since', '1', '--until', '0s', '--filter', 'type=daemon'))
      .toMatch(/reload.*xxxxx:xxxxx@127/);
    // With an end and no beginning: all that is still known.
    expect(ok('events', '--until', '0s', '--filter', 'type=daemon')).toContain('reload');
    expect(engine.docker(['events', '--since', '5s', '--until', '10s']).stderr).toMatch(/cannot be after `until` time/);
    ok('rm', 'set');
    ok('network', 'rm', 'pooled');
  });

  const boundByAdministrator = async () => {
    const configuration = async () => (await engine.api('GET', '/berth/configuration')).json();
    const reread = (managed: unknown) => {
      writeFileSync(managedFile, JSON.stringify(managed));
      process.kill(engine.pid, 'SIGHUP');
    };
    expect(await configuration()).toMatchObject({ Managed: { Path: managedFile, Options: {} } });
    reread({ labels: ['by=admin'] });
    await expect
      .poll(async () => (await configuration())['Managed'])
      .toMatchObject({ Options: { labels: ['by=admin'] } });
    const put = await engine.api('PUT', '/berth/configuration', { Text: '{"labels": ["by=me"]}' });
    expect(put.json()).toMatchObject({
      Problems: [{ Field: 'labels', Message: expect.stringContaining('cannot be changed here') }],
      Changed: [],
    });
    expect(ok('info', '--format', '{{.Labels}}')).toBe('[by=admin]');
    chmodSync(managedFile, 0o666);
    reread({});
    await expect.poll(() => engine.output).toContain('must be owned by root and not be writable by anyone else');
    expect(ok('info', '--format', '{{.Labels}}')).toBe('[by=admin]');
    chmodSync(managedFile, 0o644);
    reread({});
    await expect.poll(() => ok('info', '--format', '{{.Labels}}')).toBe('[]');
  };

  const takesNoOtherFile = async () => {
    const other = new EngineProcess(mode, { flags: managing });
    await expect(other.start()).rejects.toThrow('only the engine of root');
    await other.dispose();
  };

  // Only root's engine can be told of another file.
  if (mode === 'root') it('is bound by what the administrator has set', boundByAdministrator);
  else it("takes no other file of the administrator's than the machine's", takesNoOtherFile);

  it('keeps all containers together within limits, while they run too', async () => {
    const put = (resources: unknown) =>
      engine.api('PUT', '/berth/configuration', { Text: JSON.stringify({ resources }) });
    const warnings = async () => JSON.stringify((await engine.api('GET', '/v1.51/info')).json()['Warnings']);
    const isKept = !(await warnings()).includes('No control groups');
    ok('run', '-d', '--name', 'within', '--cpus', '2', TEST_IMAGE, 'sleep', '60');
    const pid = ok('inspect', '-f', '{{.State.Pid}}', 'within');
    const all = () => limitsOf(pid, true);
    const before = isKept ? all() : null;
    await put({ memory: '512m', cpus: 1.5, pids: 9 });
    if (isKept) {
      expect(all()).toEqual({ memory: String(512 << 20), cpu: '150000', pids: '9' });
      const forks = 'for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done';
      expect(engine.docker(['run', '--rm', '--cpus', '2', TEST_IMAGE, 'sh', '-c', forks]).stderr).toMatch(/fork/);
      expect(ok('inspect', '-f', '{{.HostConfig.NanoCpus}}', 'within')).toBe('2000000000');
      await put({});
      expect(all()).toEqual(before);
      expect(ok('run', '--rm', TEST_IMAGE, 'echo', 'free')).toBe('free');
    } else {
      expect(await warnings()).toMatch(/resources.memory .*not kept.*resources.cpus .*resources.pids/);
      await put({});
      expect(await warnings()).not.toContain('resources');
    }
    ok('rm', '-f', 'within');
  });

  it('takes in nothing more when what it keeps has taken the room it may', async () => {
    const put = (disk: string) =>
      engine.api('PUT', '/berth/configuration', { Text: JSON.stringify({ resources: { disk } }) });
    const warnings = async () => JSON.stringify((await engine.api('GET', '/v1.51/info')).json()['Warnings']);
    ok('run', '-d', '--name', 'kept', TEST_IMAGE, 'sleep', '60');
    expect((await put('one')).body).toContain("invalid size: 'one'");
    await put('1MB');
    const input = `FROM ${TEST_IMAGE}\nRUN true\n`;
    const refused = (...args: string[]) => {
      const { code, stderr } = engine.docker(args, { input });
      expect(stderr, args.join(' ')).toMatch(/no room: all that is kept takes .* resources\.disk .* allows 0\.00 GB/);
      expect(code, args.join(' ')).not.toBe(0);
    };
    refused('create', TEST_IMAGE);
    refused('import', '-');
    refused('commit', 'kept');
    refused('build', '--no-cache', '-');
    expect(await warnings()).toContain('no room');
    // What is there goes on.
    expect(ok('exec', 'kept', 'echo', 'on')).toBe('on');
    ok('rm', '-f', 'kept');
    await put('');
    expect(await warnings()).not.toContain('no room');
    expect(ok('run', '--rm', TEST_IMAGE, 'echo', 'free')).toBe('free');
  });

  it('answers bytes that are no request, and heads without end, and lives on', async () => {
    const answer = (bytes: string | Buffer): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(engine.socket);
        let received = '';
        socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
        socket.on('error', () => undefined);
        socket.on('close', () => {
          resolve(received);
        });
        socket.end(bytes);
      });
    expect(await answer('\u0016\u0003\u0001 hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await answer(`GET /_ping HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 4/,
    );
    expect((await engine.api('GET', '/_ping')).body).toBe('OK');
  });
});
