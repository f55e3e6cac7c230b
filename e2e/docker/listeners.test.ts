import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { DockerClient } from '../../runtime/bridge/docker-client.ts';
import { EndpointService } from '../../runtime/bridge/endpoints.ts';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { freePort } from '../fixtures/registry.ts';
import { SshServer } from '../fixtures/ssh-server.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** An authority, an engine's certificate for loopback, a client's, and a client's of another authority. */
function makeCertificates(directory: string): void {
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  for (const authority of ['ca', 'strange']) {
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      `${authority}-key.pem`,
      '-out',
      `${authority}.pem`,
      '-subj',
      `/CN=${authority}`,
    );
  }
  const issue = (name: string, authority: string, extension: string): void => {
    writeFileSync(`${directory}/${name}.ext`, extension);
    openssl('req', ...key, '-keyout', `${name}-key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const by = ['-CA', `${authority}.pem`, '-CAkey', `${authority}-key.pem`, '-CAcreateserial'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
  };
  issue('server', 'ca', 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n');
  issue('client', 'ca', 'extendedKeyUsage=clientAuth\n');
  issue('stranger', 'strange', 'extendedKeyUsage=clientAuth\n');
  for (const name of ['client', 'stranger']) {
    // Where the docker CLI looks for them.
    mkdirSync(`${directory}/${name}`);
    for (const [from, to] of [
      ['ca.pem', 'ca.pem'],
      [`${name}.pem`, 'cert.pem'],
      [`${name}-key.pem`, 'key.pem'],
    ] as const)
      writeFileSync(`${directory}/${name}/${to}`, readFileSync(`${directory}/${from}`));
  }
  // A rootless engine of the tests runs as somebody else.
  for (const file of ['ca.pem', 'server.pem', 'server-key.pem']) chmodSync(`${directory}/${file}`, 0o644);
}

const certificates = mkdtempSync('/tmp/berth-tls-');
chmodSync(certificates, 0o755);
makeCertificates(certificates);
const TLS_FLAGS = [
  '--tlsverify',
  `--tlscacert=${certificates}/ca.pem`,
  `--tlscert=${certificates}/server.pem`,
  `--tlskey=${certificates}/server-key.pem`,
];
afterAll(() => {
  rmSync(certificates, { recursive: true });
});

/** TCP with mutual TLS beside the socket, by the docker CLI. */
describe.each(ENGINE_MODES)('hosts of an engine as %s', async (mode) => {
  const port = await freePort();
  const plain = await freePort();
  const engine = new EngineProcess(mode, {
    flags: ['--host', `tcp://127.0.0.1:${port}`, '--host', `unix:///tmp/berth-second-${port}.sock`, ...TLS_FLAGS],
  });
  const secured = (name: string): NodeJS.ProcessEnv => ({
    DOCKER_HOST: `tcp://127.0.0.1:${port}`,
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: `${certificates}/${name}`,
  });

  useEngine(engine);

  it('serves clients with a certificate of its authority, streams too', () => {
    const tls = { environment: secured('client') };
    expect(engine.docker(['version', '--format', '{{.Server.Version}}'], tls)).toMatchObject({ code: 0 });
    expect(engine.docker(['run', '--rm', TEST_IMAGE, 'echo', 'by TLS'], tls).stdout).toBe('by TLS\n');
    const big = Buffer.alloc(3 * 1024 * 1024, 'x');
    // All input, then its end, then output: neither direction may end with the other.
    const piped = engine.docker(['run', '-i', '--rm', TEST_IMAGE, 'sh', '-c', 'wc -c; sleep 0.3; echo over'], {
      ...tls,
      input: big,
    });
    expect(piped.stdout).toBe(`${big.length}\nover\n`);
    const echoed = engine.docker(['run', '-i', '--rm', TEST_IMAGE, 'cat'], { ...tls, input: big });
    expect(echoed.bytes.equals(big)).toBe(true);
  });

  it('serves contexts of the docker CLI', () => {
    const files = ['ca', 'cert', 'key'].map((name) => `${name}=${certificates}/client/${name}.pem`).join(',');
    const clean = { environment: { DOCKER_HOST: undefined } };
    const docker = (...args: string[]): string => {
      const result = engine.docker(args, clean);
      expect(result, result.stderr).toMatchObject({ code: 0 });
      return result.stdout.trim();
    };
    docker('context', 'create', 'secured', '--docker', `host=tcp://127.0.0.1:${port},${files}`);
    docker('context', 'create', 'socket', '--docker', `host=unix:///tmp/berth-second-${port}.sock`);
    expect(docker('--context', 'secured', 'run', '--rm', TEST_IMAGE, 'echo', 'in a context')).toBe('in a context');
    expect(docker('--context', 'socket', 'info', '--format', '{{.ID}}')).toBe(
      docker('--context', 'secured', 'info', '--format', '{{.ID}}'),
    );
    docker('context', 'use', 'secured');
    expect(docker('ps', '-q')).toBe('');
    docker('context', 'use', 'default');
    docker('context', 'rm', 'secured', 'socket');
  });

  it('serves our own command by TLS, by context, and refuses it what it refuses others', () => {
    const berth = (args: readonly string[], environment: NodeJS.ProcessEnv = {}): ReturnType<typeof engine.docker> =>
      engine.docker([BERTH_COMMAND, ...args], {
        binary: process.execPath,
        environment: { DOCKER_HOST: undefined, ...environment },
      });
    const address = `tcp://127.0.0.1:${port}`;
    const files = ['ca', 'cert', 'key'];
    const flags = files.map((name) => `--tls${name === 'ca' ? 'cacert' : name}=${certificates}/client/${name}.pem`);
    const run = ['run', '-i', '--rm', TEST_IMAGE, 'echo', 'from afar'];
    expect(berth(['-H', address, '--tlsverify', ...flags, ...run])).toMatchObject({ code: 0, stdout: 'from afar\n' });
    expect(berth(run, secured('client'))).toMatchObject({ code: 0, stdout: 'from afar\n' });
    const docker = files.map((name) => `${name}=${certificates}/client/${name}.pem`).join(',');
    const clean = { environment: { DOCKER_HOST: undefined } };
    engine.docker(['context', 'create', 'berths', '--docker', `host=${address},${docker}`], clean);
    expect(berth(['--context', 'berths', ...run])).toMatchObject({ code: 0, stdout: 'from afar\n' });
    expect(berth(['info', '--format', '{{.ID}}'], { DOCKER_CONTEXT: 'berths' }).stdout.trim()).toBe(
      engine.dockerOk(['info', '--format', '{{.ID}}']),
    );
    engine.docker(['context', 'rm', 'berths'], clean);

    expect(berth(['--context', 'berths', 'ps'])).toMatchObject({
      code: 1,
      stderr: 'unable to resolve docker endpoint: context "berths": context not found\n',
    });
    expect(berth(['-H', address, '--context', 'x', 'ps'])).toMatchObject({
      code: 1,
      stderr: 'conflicting options: either specify --host or --context, not both\n',
    });
    expect(berth(['-H', 'nowhere', 'ps']).stderr).toContain('unable to parse docker host `nowhere`');
    expect(berth(['ps', '-q'], secured('stranger')).code).not.toBe(0);
    expect(berth(['-H', address, 'ps', '-q']).code).not.toBe(0);
  });

  it('refuses strangers, those without a certificate and those without TLS', () => {
    const ps = ['ps', '-q'];
    expect(engine.docker(ps, { environment: secured('stranger') }).code).not.toBe(0);
    const bare = engine.docker(['--tls', ...ps], {
      environment: { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_CERT_PATH: '/nonexistent' },
    });
    expect(bare.code).not.toBe(0);
    expect(engine.docker(ps, { environment: { DOCKER_HOST: `tcp://127.0.0.1:${port}` } }).code).not.toBe(0);
    expect(engine.dockerOk(ps)).toBe('');
  });

  /** The part of the app that chooses an engine, with nothing of its own behind it. */
  const chooser = (): { docker: DockerClient; endpoints: EndpointService } => {
    const docker = new DockerClient('/nonexistent.sock');
    return { docker, endpoints: new EndpointService(docker, '/nonexistent.sock', `${engine.directory}/engines.json`) };
  };
  /** What `cat` in a container gives back over a connection that was taken over. */
  const echoed = async (docker: DockerClient): Promise<string> => {
    const body = { Image: TEST_IMAGE, Cmd: ['cat'], OpenStdin: true, StdinOnce: true, AttachStdin: true };
    const { Id } = await docker.json<{ Id: string }>('POST', '/containers/create', { body });
    const query = { stream: true, stdin: true, stdout: true };
    const { stream } = await docker.hijack('POST', `/containers/${Id}/attach`, { query });
    await docker.json('POST', `/containers/${Id}/start`);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.end('there and back');
    await once(stream, 'end');
    await docker.json('DELETE', `/containers/${Id}`, { query: { force: true } });
    // Without the header that says which stream it is of.
    return Buffer.concat(chunks).subarray(8).toString();
  };
  const idOf = async (docker: DockerClient): Promise<string> => (await docker.json<{ ID: string }>('GET', '/info')).ID;

  it('serves the app over TLS, by address and by context', async () => {
    const id = engine.dockerOk(['info', '--format', '{{.ID}}']);
    const { docker, endpoints } = chooser();
    const address = `tcp://127.0.0.1:${port}`;
    await endpoints.add({ name: 'secured', address, certificates: `${certificates}/client` });
    await endpoints.add({ name: 'stranger', address, certificates: `${certificates}/stranger` });
    await endpoints.add({ name: 'plain', address });
    await endpoints.add({ name: 'empty', address, certificates: engine.directory });
    await endpoints.use('secured');
    expect(await idOf(docker)).toBe(id);
    expect(await echoed(docker)).toBe('there and back');
    for (const name of ['stranger', 'plain'])
      await expect(endpoints.use(name)).rejects.toMatchObject({ code: 'engine-unreachable' });
    await expect(endpoints.use('empty')).rejects.toMatchObject({ code: 'invalid' });
    // The one before goes on.
    expect(await idOf(docker)).toBe(id);

    const files = ['ca', 'cert', 'key'].map((name) => `${name}=${certificates}/client/${name}.pem`).join(',');
    engine.dockerOk(['context', 'create', 'of-docker', '--docker', `host=${address},${files}`]);
    process.env['DOCKER_CONFIG'] = `${engine.directory}/.docker`;
    try {
      expect(await endpoints.list()).toContainEqual({ name: 'of-docker', address, source: 'context', current: false });
      await endpoints.use('of-docker');
      expect(await idOf(docker)).toBe(id);
    } finally {
      delete process.env['DOCKER_CONFIG'];
      docker.close();
    }
  });

  it("serves the app over SSH, by docker's command there or by ours", async () => {
    const id = engine.dockerOk(['info', '--format', '{{.ID}}']);
    const { docker, endpoints } = chooser();
    const path = process.env['PATH'];
    const bare = `${engine.directory}/bare`;
    mkdirSync(bare);
    writeFileSync(`${bare}/berth`, `#!/bin/sh\nexec ${process.execPath} ${BERTH_COMMAND} "$@"\n`, { mode: 0o755 });
    symlinkSync('/bin/sh', `${bare}/sh`);
    try {
      const ways: (readonly [string, string])[] = [['without-docker', bare]];
      // The engine's user makes no difference over there: once is enough.
      if (mode === 'root') ways.push(['with-docker', path ?? '']);
      for (const [name, there] of ways) {
        const ssh = new SshServer();
        await ssh.start({ DOCKER_HOST: engine.host, PATH: there });
        try {
          process.env['PATH'] = ssh.path;
          await endpoints.add({ name, address: ssh.address });
          await endpoints.use(name);
          expect(await idOf(docker)).toBe(id);
          expect(await echoed(docker)).toBe('there and back');
          const own = engine.docker([BERTH_COMMAND, '-H', ssh.address, 'info', '--format', '{{.ID}}'], {
            binary: process.execPath,
            environment: { PATH: ssh.path },
          });
          expect(own.stdout.trim(), own.stderr).toBe(id);
        } finally {
          await ssh.stop();
        }
      }
      await endpoints.add({ name: 'nobody', address: 'ssh://nobody@127.0.0.1:1' });
      await expect(endpoints.use('nobody')).rejects.toMatchObject({
        code: 'engine-unreachable',
        detail: expect.stringContaining('Connection refused') as unknown,
      });
    } finally {
      if (path !== undefined) process.env['PATH'] = path;
      docker.close();
    }
  });

  it('refuses to start on TCP without verifying clients, unless that is allowed', async () => {
    const start = (...flags: string[]): { status: number | null; stderr: string } => {
      const directory = mkdtempSync('/tmp/berth-refused-');
      const own = ['--data-root', `${directory}/d`, '--exec-root', `${directory}/r`];
      const host = ['--host', `tcp://127.0.0.1:${plain}`];
      const result = spawnSync(process.execPath, [BERTH_COMMAND, 'engine', ...own, ...host, ...flags], {
        timeout: 60_000,
      });
      rmSync(directory, { recursive: true, force: true });
      return { status: result.status, stderr: result.stderr.toString() };
    };
    expect(start()).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('without verifying clients') as unknown,
    });
    expect(start('--tls', ...TLS_FLAGS.slice(1))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('without verifying clients') as unknown,
    });
    expect(start('--tlsverify', '--tlscacert=/nonexistent')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('cannot read /') as unknown,
    });
    const open = new EngineProcess(mode, { flags: ['--host', `tcp://127.0.0.1:${plain}`, '--tls=false'] });
    await open.start();
    try {
      expect(open.output).toContain('Anyone who can connect');
      const environment = { DOCKER_HOST: `tcp://127.0.0.1:${plain}` };
      const { stdout } = engine.docker(['info', '--format', '{{.Warnings}}'], { environment });
      expect(stdout).toContain('Anyone who can connect');
      // A page in a browser of this machine: one that asks the address, and one that has led a name of its own to it.
      const ask = (path: string, headers: Record<string, string>): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          const options = { host: '127.0.0.1', port: plain, path, headers, method: 'POST' };
          const asked = request(options, (response) => {
            response.resume();
            resolve(response.statusCode);
          });
          asked.on('upgrade', () => {
            reject(new Error('a page has got a socket'));
          });
          asked.on('error', reject).end();
        });
      expect(await ask('/containers/prune', {})).toBe(200);
      expect(await ask('/containers/prune', { Origin: 'https://evil.example' })).toBe(403);
      expect(await ask('/containers/prune', { Host: `evil.example:${plain}` })).toBe(403);
      const socket = { Connection: 'Upgrade', Upgrade: 'websocket', Origin: 'https://evil.example' };
      expect(await ask('/containers/any/attach/ws', socket)).toBe(403);
    } finally {
      await open.dispose();
    }
  });

  it('says which host it cannot have', async () => {
    const taken = createServer().listen(plain, '127.0.0.1');
    await once(taken, 'listening');
    const late = new EngineProcess(mode, { flags: ['--host', `tcp://127.0.0.1:${plain}`, '--tls=false'] });
    await expect(late.start()).rejects.toThrow(/cannot listen on tcp:\/\/127\.0\.0\.1:\d+.*EADDRINUSE/s);
    await late.dispose();
    taken.close();
  });
});

/** Sockets that are passed as systemd passes them for a .socket unit. */
describe('socket activation', () => {
  it('answers on what it was given, when it was given to it', async () => {
    const directory = mkdtempSync('/tmp/berth-fd-');
    const words = ['engine', '--host', 'fd://', '--data-root', `${directory}/d`, '--exec-root', `${directory}/r`];
    const start = (pid: string, socket: number | 'ignore'): { child: ChildProcess; said: () => string } => {
      const script = `LISTEN_PID=${pid} LISTEN_FDS=1 exec "$0" "$@"`;
      const child = spawn('sh', ['-c', script, process.execPath, BERTH_COMMAND, ...words], {
        stdio: ['ignore', 'pipe', 'pipe', socket],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      return { child, said: () => said };
    };
    try {
      const port = await freePort();
      const holder = createServer().listen(port, '127.0.0.1');
      await once(holder, 'listening');
      const { child, said } = start('$$', (holder as unknown as { _handle: { fd: number } })._handle.fd);
      // The engine has its own descriptor now; what connects must not be accepted here.
      holder.close();
      await expect.poll(said).toContain('API listen on fd://3');
      const answer = await fetch(`http://127.0.0.1:${port}/info`);
      expect(await answer.json()).toMatchObject({ DockerRootDir: `${directory}/d` });
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      const other = start('1', 'ignore');
      const [code] = (await once(other.child, 'close')) as [number];
      expect(code).toBe(1);
      expect(other.said()).toContain('no sockets were passed');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
