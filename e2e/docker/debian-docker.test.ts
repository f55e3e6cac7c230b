import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianCommand } from '../fixtures/docker-command.ts';
import { ENGINE_MODES, EngineProcess, type CommandResult } from '../fixtures/engine-process.ts';
import { fetchText } from '../fixtures/fetch-text.ts';
import { TEST_IMAGE } from '../fixtures/test-image.ts';
import { useEngine } from '../fixtures/use-engine.ts';

/** The other docker tests need a newer command; this is the one that Debian 12 has, and with it version 1.41 of the API. */
const binary = debianCommand();

describe.skipIf(binary === null).each(ENGINE_MODES)('docker 20.10 against %s', (mode) => {
  const engine = new EngineProcess(mode, { checked: true });
  const scratch = mkdtempSync('/tmp/berth-debian-');
  const docker = (args: readonly string[], input?: string | Buffer): CommandResult =>
    engine.docker(args, { binary: binary ?? '', ...(input === undefined ? {} : { input }) });
  const ok = (...args: string[]): string => engine.dockerOk(args, { binary: binary ?? '' });
  const fails = (...args: string[]): string => {
    const { code, stderr } = docker(args);
    expect(code, args.join(' ')).not.toBe(0);
    return stderr;
  };

  useEngine(engine, { emptied: true });
  beforeAll(() => {
    mkdirSync(`${scratch}/context`);
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
  });

  it('agrees on version 1.41', () => {
    expect(ok('version', '--format', '{{.Client.Version}} {{.Client.APIVersion}}')).toMatch(/^20\.10\.\S+ 1\.41$/);
    expect(ok('info', '--format', '{{.ServerVersion}} {{.Swarm.LocalNodeState}} {{.DriverStatus}}')).toMatch(
      /^\S+ inactive /,
    );
  });

  it('runs, attaches, executes, waits and removes', () => {
    expect(docker(['run', '--rm', '-i', TEST_IMAGE, 'cat'], 'from afar')).toMatchObject({
      code: 0,
      stdout: 'from afar',
    });
    expect(docker(['run', '--rm', TEST_IMAGE, 'sh', '-c', 'echo out; echo err >&2; exit 7'])).toMatchObject({
      code: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(docker(['run', '--rm', TEST_IMAGE, 'no-such-command']).code).toBe(127);
    ok('run', '-d', '--name', 'old', '--memory', '64m', '--init', '-e', 'A=b', TEST_IMAGE, 'sleep', '1000');
    expect(ok('exec', '-w', '/tmp', '-e', 'C=d', 'old', 'sh', '-c', 'echo $A $C $PWD')).toBe('b d /tmp');
    expect(docker(['exec', '-i', 'old', 'cat'], 'into it').stdout).toBe('into it');
    expect(ok('ps', '--format', '{{.Names}} {{.Status}}')).toMatch(/^old Up /);
    expect(ok('top', 'old')).toContain('sleep 1000');
    expect(ok('stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}}', 'old')).toBe('old 2');
    ok('update', '--memory', '96m', '--memory-swap', '96m', 'old');
    ok('pause', 'old');
    expect(ok('inspect', '-f', '{{.State.Status}}', 'old')).toBe('paused');
    ok('unpause', 'old');
    ok('rename', 'old', 'older');
    ok('kill', '-s', 'KILL', 'older');
    expect(ok('wait', 'older')).toBe('137');
    expect(fails('rm', 'absent')).toContain('No such container: absent');
    ok('rm', 'older');
  });

  it('reads logs and events', () => {
    const begin = String(Date.now() / 1000);
    ok('run', '--name', 'told', TEST_IMAGE, 'sh', '-c', 'echo one; echo two >&2');
    expect(docker(['logs', 'told'])).toMatchObject({ stdout: 'one\n', stderr: 'two\n' });
    expect(ok('logs', '-t', '--tail', '1', 'told')).toMatch(/^(\S+Z one)?$/);
    ok('rm', 'told');
    const events = ok('events', '--since', begin, '--until', String(Date.now() / 1000 + 1), '--format', '{{.Action}}');
    expect(events.split('\n').filter((action) => /^(create|start|die|destroy)$/.test(action))).toEqual(
      expect.arrayContaining(['create', 'start', 'die', 'destroy']),
    );
  });

  it('copies, compares, commits and exports', () => {
    ok('create', '--name', 'box', TEST_IMAGE, 'cat', '/root/file');
    writeFileSync(`${scratch}/file`, 'carried\n');
    ok('cp', `${scratch}/file`, 'box:/root/file');
    expect(ok('start', '-a', 'box')).toBe('carried');
    ok('cp', 'box:/root/file', `${scratch}/back`);
    expect(readFileSync(`${scratch}/back`, 'utf8')).toBe('carried\n');
    expect(fails('cp', 'box:/absent', scratch)).toContain('No such container:path: box:/absent');
    expect(ok('diff', 'box')).toContain('A /root/file');
    ok('commit', '-m', 'kept', 'box', 'kept:1');
    expect(ok('run', '--rm', 'kept:1')).toBe('carried');
    ok('export', '-o', `${scratch}/box.tar`, 'box');
    ok('import', `${scratch}/box.tar`, 'imported:1');
    ok('save', '-o', `${scratch}/kept.tar`, 'kept:1');
    ok('rm', 'box');
    ok('rmi', 'kept:1', 'imported:1');
    expect(ok('load', '-i', `${scratch}/kept.tar`)).toBe('Loaded image: kept:1');
    expect(ok('images', '--format', '{{.Repository}}:{{.Tag}}', 'kept')).toBe('kept:1');
    ok('rmi', 'kept:1');
  });

  it.each(['0', '1'])('builds, with DOCKER_BUILDKIT=%s', (DOCKER_BUILDKIT) => {
    writeFileSync(`${scratch}/context/hello`, 'built\n');
    writeFileSync(
      `${scratch}/context/Dockerfile`,
      `FROM ${TEST_IMAGE}\nARG WHO\nCOPY hello /hello\nRUN echo $WHO >> /hello\nCMD ["cat", "/hello"]\n`,
    );
    const { code, stdout, stderr } = engine.docker(
      ['build', '--build-arg', 'WHO=you', '-t', 'made:1', `${scratch}/context`],
      { binary: binary ?? '', environment: { DOCKER_BUILDKIT } },
    );
    expect({ code, said: stdout + stderr }).toEqual({
      code: 0,
      said: expect.stringMatching(
        DOCKER_BUILDKIT === '0' ? /Step 4\/5 : RUN [^]*tagged made:1/ : /RUN [^]*made:1/,
      ) as string,
    });
    expect(ok('run', '--rm', 'made:1')).toBe('built\nyou');
    expect(ok('history', '-q', 'made:1').split('\n').length).toBeGreaterThan(3);
    ok('rmi', 'made:1');
  });

  it('joins networks and publishes ports', async () => {
    ok('network', 'create', '--subnet', '10.213.7.0/24', 'old-net');
    const serve = 'while :; do printf "HTTP/1.0 200 OK\\r\\n\\r\\nserved\\n" | busybox nc -l -p 80; done';
    ok(
      'run',
      '-d',
      '--name',
      'server',
      '--network',
      'old-net',
      '--ip',
      '10.213.7.9',
      '-p',
      '80',
      TEST_IMAGE,
      'sh',
      '-c',
      serve,
    );
    expect(ok('inspect', '-f', '{{(index .NetworkSettings.Networks "old-net").IPAddress}}', 'server')).toBe(
      '10.213.7.9',
    );
    expect(ok('run', '--rm', '--network', 'old-net', TEST_IMAGE, 'busybox', 'nslookup', 'server')).toContain(
      '10.213.7.9',
    );
    const port = Number(/0\.0\.0\.0:(\d+)/.exec(ok('port', 'server', '80'))?.[1]);
    await expect.poll(() => fetchText(port).catch(() => '')).toBe('served\n');
    ok('network', 'create', 'second-net');
    ok('network', 'connect', '--alias', 'other', 'second-net', 'server');
    expect(ok('run', '--rm', '--network', 'second-net', TEST_IMAGE, 'busybox', 'nslookup', 'other')).toContain(
      'Address',
    );
    ok('network', 'disconnect', 'second-net', 'server');
    expect(fails('network', 'rm', 'old-net')).toContain('has active endpoints');
    ok('rm', '-f', 'server');
    ok('network', 'rm', 'old-net', 'second-net');
  });

  it('keeps volumes, and prunes those with names too, as that version of the API has it', () => {
    ok('volume', 'create', '--label', 'keep=1', 'named');
    ok('run', '--rm', '-v', 'named:/data', TEST_IMAGE, 'sh', '-c', 'echo kept > /data/file');
    expect(ok('run', '--rm', '--mount', 'source=named,target=/m,readonly', TEST_IMAGE, 'cat', '/m/file')).toBe('kept');
    expect(fails('volume', 'inspect', 'absent')).toContain('No such volume: absent');
    expect(ok('system', 'df', '--format', '{{.Type}} {{.TotalCount}}')).toContain('Local Volumes 1');
    expect(ok('volume', 'prune', '-f', '--filter', 'label!=keep')).not.toContain('named');
    expect(ok('volume', 'prune', '-f')).toContain('named');
  });
});
