import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { freePort } from '../fixtures/registry.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** A site, the store that it fetches from, and a one-off job, wired as people wire them. */
const project = (port: number): string => `
version: '3.8'
services:
  store:
    image: ${TEST_IMAGE}
    command: sh -c 'echo stored > /data/value; httpd -f -p 8000 -h /data'
    volumes: [kept:/data]
    networks:
      back: {aliases: [database]}
    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, 'http://127.0.0.1:8000/value']
      interval: 1s
      retries: 20
    stop_grace_period: 1s
  site:
    image: ${TEST_IMAGE}
    command: sh -c 'wget -q -O - http://database:8000/value; exec httpd -f -p 80 -h /www'
    depends_on: [store]
    environment: {GREETING: from compose, EMPTY: ''}
    labels: {tier: front}
    ports: ['127.0.0.1:${port}:80']
    volumes: ['./www:/www:ro']
    networks: [back, front]
    stop_grace_period: 1s
  worker:
    image: ${TEST_IMAGE}
    command: sleep 600
    init: true
    networks: [back]
    tmpfs: [/scratch]
    ulimits: {nofile: 1000}
    stop_grace_period: 1s
networks:
  back: {internal: true, labels: {kind: back}}
  front: {}
volumes:
  kept: {labels: {kind: kept}}
`;

/** Debian's docker-compose 1.29, unmodified. */
describe.each(ENGINE_MODES)('docker-compose as %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  const directory = `${engine.directory}/project`;
  let before: Traces;
  let port = 0;

  const compose = (...args: string[]): { code: number; stdout: string; stderr: string } => {
    const result = spawnSync('docker-compose', args, {
      cwd: directory,
      env: {
        PATH: process.env['PATH'],
        HOME: engine.directory,
        DOCKER_HOST: engine.host,
        COMPOSE_PROJECT_NAME: 'shop',
      },
      timeout: 150_000,
      killSignal: 'SIGKILL',
    });
    return { code: result.status ?? -1, stdout: result.stdout.toString(), stderr: result.stderr.toString() };
  };
  const ok = (...args: string[]): string => {
    const result = compose(...args);
    if (result.code !== 0) throw new Error(`docker-compose ${args.join(' ')}:\n${result.stdout}\n${result.stderr}`);
    return result.stdout.trim();
  };
  const docker = (...args: string[]): string => engine.dockerOk(args);
  const eventually = async (work: () => void): Promise<void> => {
    for (const deadline = Date.now() + 60_000; ; await new Promise((wake) => setTimeout(wake, 100))) {
      try {
        work();
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  };

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    docker('run', '--rm', TEST_IMAGE, 'true');
    before = traces(engine);
    port = await freePort();
    mkdirSync(`${directory}/www`, { recursive: true });
    writeFileSync(`${directory}/www/index.html`, 'a page\n');
    writeFileSync(`${directory}/docker-compose.yml`, project(port));
  });

  afterAll(async () => {
    // Only what a failure has left: the last test takes everything down.
    if (docker('ps', '-aq') !== '') compose('down', '-v', '-t', '1');
    const left = await leftovers(engine, before);
    await engine.dispose();
    expect(left).toEqual({});
  });

  it('brings a project up, with networks, volumes, names and ports', async () => {
    ok('up', '-d');
    const services = ok('ps', '--services', '--filter', 'status=running').split('\n').sort();
    expect(services).toEqual(['site', 'store', 'worker']);
    expect(ok('port', 'site', '80')).toBe(`127.0.0.1:${port}`);
    await eventually(() => {
      expect(docker('logs', 'shop_site_1')).toContain('stored');
    });
    expect(ok('logs', '--no-color', 'site')).toMatch(/site_1 +\| stored/);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('a page\n');
    expect(docker('network', 'ls', '--filter', 'label=com.docker.compose.project=shop', '-q').split('\n')).toHaveLength(
      2,
    );
    expect(docker('volume', 'ls', '-q', '--filter', 'label=kind=kept')).toBe('shop_kept');
    expect(docker('inspect', '--format', '{{.Config.Labels.tier}}', 'shop_site_1')).toBe('front');
    await eventually(() => {
      expect(docker('inspect', '--format', '{{.State.Health.Status}}', 'shop_store_1')).toBe('healthy');
    });
    expect(ok('ps', 'store')).toContain('Up (healthy)');
  });

  it('changes nothing at the second up, and only what differs at the third', () => {
    const idsOf = (...filters: string[]): string =>
      docker('ps', '-q', ...filters.flatMap((filter) => ['--filter', `label=com.docker.compose.${filter}`]));
    const ids = idsOf('project=shop');
    ok('up', '-d');
    expect(idsOf('project=shop')).toBe(ids);
    writeFileSync(`${directory}/docker-compose.yml`, project(port).replace('from compose', 'changed'));
    const store = idsOf('project=shop', 'service=store');
    ok('up', '-d');
    expect(idsOf('project=shop', 'service=store')).toBe(store);
    expect(ok('exec', '-T', 'site', 'sh', '-c', 'echo $GREETING')).toBe('changed');
  });

  it('runs commands in services and one-off containers', () => {
    expect(ok('exec', '-T', 'worker', 'sh', '-c', 'ulimit -n')).toBe('1000');
    expect(ok('exec', '-T', 'worker', 'cat', '/proc/mounts')).toContain(' /scratch tmpfs');
    expect(compose('exec', '-T', 'worker', 'sh', '-c', 'exit 7').code).toBe(7);
    expect(ok('run', '--rm', '-T', 'worker', 'wget', '-q', '-O', '-', 'http://store:8000/value')).toBe('stored');
    expect(compose('run', '--rm', '-T', 'worker', 'sh', '-c', 'exit 3').code).toBe(3);
    expect(ok('top', 'worker')).toContain('sleep 600');
  });

  it('scales, stops, starts, restarts, pauses and kills', () => {
    const workers = (): string[] =>
      docker('ps', '-aq', '--filter', 'label=com.docker.compose.service=worker')
        .split('\n')
        .filter((id) => id !== '');
    ok('up', '-d', '--scale', 'worker=3');
    expect(ok('ps', '-q', 'worker').split('\n')).toHaveLength(3);
    ok('up', '-d', '--scale', 'worker=1');
    expect(workers()).toHaveLength(1);
    ok('pause', 'worker');
    expect(ok('ps', 'worker')).toContain('Paused');
    ok('unpause', 'worker');
    ok('restart', '-t', '1', 'worker');
    ok('stop', '-t', '1', 'worker');
    expect(ok('ps', 'worker')).toContain('Exit');
    ok('start', 'worker');
    ok('kill', 'worker');
    ok('rm', '-f', 'worker');
    expect(workers()).toEqual([]);
    expect(ok('images')).toContain('test/tools');
  });

  it('runs in the foreground until a service ends', () => {
    writeFileSync(
      `${directory}/once.yml`,
      `version: '3.8'\nservices:\n  job: {image: ${TEST_IMAGE}, command: sh -c 'echo working; sleep 1; exit 4'}\n`,
    );
    const result = compose('-f', 'once.yml', '-p', 'once', 'up', '--no-color', '--exit-code-from', 'job');
    expect(result.stdout).toMatch(/job_1 +\| working/);
    expect(result.code).toBe(4);
    ok('-f', 'once.yml', '-p', 'once', 'down');
  });

  it('takes everything down', () => {
    ok('down', '-v', '-t', '1');
    expect(docker('ps', '-aq', '--filter', 'label=com.docker.compose.project=shop')).toBe('');
    expect(docker('network', 'ls', '-q', '--filter', 'label=com.docker.compose.project=shop')).toBe('');
    expect(docker('volume', 'ls', '-q')).toBe('');
  });
});
