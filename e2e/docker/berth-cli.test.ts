import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_NODE_FLAGS, engineEnvironment } from '../../runtime/common/engine-tuning.ts';
import { BERTH_COMMAND } from '../fixtures/berth-command.ts';
import { ENGINE_MODES, EngineProcess, type CommandResult } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { PseudoTerminal } from '../fixtures/pseudo-terminal.ts';
import { LocalRegistry } from '../fixtures/registry.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** Our own command has docker's verbs and flags, so that no docker CLI is needed. */
describe.each(ENGINE_MODES)('berth as %s', (mode) => {
  const engine = new EngineProcess(mode, { byHand: true });
  let registry: LocalRegistry;
  let scratch: string;
  let before: Traces;

  const berth = (args: readonly string[], input = '', environment: NodeJS.ProcessEnv = {}): CommandResult =>
    engine.docker([BERTH_COMMAND, ...args], { binary: process.execPath, input, environment });
  const ok = (...args: string[]): string => {
    const result = berth(args);
    expect(result.code, `berth ${args.join(' ')}: ${result.stderr}`).toBe(0);
    return result.stdout.trim();
  };

  beforeAll(async () => {
    registry = await LocalRegistry.start();
    scratch = mkdtempSync('/tmp/berth-scratch-');
    await engine.start();
    await loadTestImage(engine);
    ok('run', '--rm', TEST_IMAGE, 'true');
    before = traces(engine);
  });

  afterAll(async () => {
    const left = await leftovers(engine, before);
    await engine.dispose();
    await registry.stop();
    rmSync(scratch, { recursive: true, force: true });
    expect(left).toEqual({});
  });

  it('gives an engine that a person starts the settings that the app gives its own', () => {
    const words = (name: string): string[] => readFileSync(`/proc/${engine.pid}/${name}`, 'utf8').split('\0');
    expect(words('environ')).toEqual(
      expect.arrayContaining(Object.entries(engineEnvironment({})).map((entry) => entry.join('='))),
    );
    expect(words('cmdline').slice(1, 1 + ENGINE_NODE_FLAGS.length)).toEqual(ENGINE_NODE_FLAGS);
    // Node's own (V8 takes one for each processor but one, up to four) are few; the rest do file operations.
    expect(readdirSync(`/proc/${engine.pid}/task`).length).toBeGreaterThan(16);
  });

  it('runs: output, input, exit codes, failures', () => {
    expect(berth(['run', '--rm', TEST_IMAGE, 'sh', '-c', 'echo out; echo err >&2; exit 3'])).toMatchObject({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(berth(['run', '--rm', '-i', TEST_IMAGE, 'wc', '-c'], 'x'.repeat(200_000))).toMatchObject({
      code: 0,
      stdout: '200000\n',
    });
    // The answer of an older engine does not tell frames from the bytes of a terminal.
    const older = { DOCKER_API_VERSION: '1.41' };
    const both = ['sh', '-c', 'echo out; echo err >&2'];
    expect(berth(['run', '--rm', '--name', 'older', TEST_IMAGE, ...both], '', older)).toMatchObject({
      code: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(berth(['run', '--rm', TEST_IMAGE, 'no-such']).code).toBe(127);
    expect(berth(['run', '--rm', TEST_IMAGE, '/etc/passwd']).code).toBe(126);
    expect(berth(['run', '--nonsense', TEST_IMAGE])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('unknown flag: --nonsense'),
    });
    expect(berth(['run', '--rm', '--pull', 'never', 'no/such:image'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('No such image'),
    });
  });

  it('drives a container through its life', () => {
    const id = ok('run', '-d', '--name', 'one', '-e', 'A=1', '--label', 'x=y', TEST_IMAGE, 'sleep', '60');
    expect(ok('ps', '-q', '--no-trunc')).toBe(id);
    expect(ok('ps', '--filter', 'label=x=y', '--format', '{{.Names}} {{.State}}')).toBe('one running');
    expect(ok('exec', 'one', 'sh', '-c', 'echo $A')).toBe('1');
    expect(berth(['exec', 'one', 'sh', '-c', 'exit 9']).code).toBe(9);
    expect(ok('top', 'one')).toContain('sleep 60');
    expect(ok('inspect', '-f', '{{.State.Status}}', 'one')).toBe('running');
    expect(ok('pause', 'one')).toBe('one');
    expect(ok('unpause', 'one')).toBe('one');
    ok('rename', 'one', 'two');
    expect(ok('kill', '-s', 'KILL', 'two')).toBe('two');
    expect(ok('wait', 'two')).toBe('137');
    ok('start', 'two');
    expect(ok('restart', '-t', '0', 'two')).toBe('two');
    expect(ok('stop', '-t', '0', 'two')).toBe('two');
    expect(ok('rm', 'two')).toBe('two');
    expect(berth(['rm', 'two'])).toMatchObject({ code: 1, stderr: expect.stringContaining('No such container: two') });
  });

  it('prints logs, and follows them to the end', () => {
    ok('run', '-d', '--name', 'talker', TEST_IMAGE, 'sh', '-c', 'echo first; sleep 0.5; echo second; echo third >&2');
    expect(berth(['logs', '-f', 'talker'])).toMatchObject({ code: 0, stdout: 'first\nsecond\n', stderr: 'third\n' });
    expect(ok('logs', '--tail', '0', 'talker')).toBe('');
    ok('rm', 'talker');
  });

  it('gives a terminal with run -it, resizes it, and detaches by keys', async () => {
    const shell = new PseudoTerminal(
      process.execPath,
      [BERTH_COMMAND, 'run', '-it', '--name', 'tty', TEST_IMAGE, 'sh'],
      {
        ...process.env,
        BERTH_HOST: engine.host,
      },
    );
    await shell.see(/[#$] /);
    shell.resize(100, 30);
    await shell.ask('stty size', /30 100/);
    shell.type('\u0010\u0011');
    expect(await shell.exit).toBe(0);
    expect(ok('inspect', '-f', '{{.State.Running}}', 'tty')).toBe('true');
    ok('rm', '-f', 'tty');
  });

  it('looks into a container that has no shell with the tools of another image, and leaves nothing', () => {
    const script = 'rm /bin/sh; echo inside > /home/app/mark; chmod 600 /home/app/mark; sleep 60';
    const user = ['--cap-drop', 'ALL', '--cap-add', 'DAC_OVERRIDE', '--security-opt', 'no-new-privileges'];
    const id = ok('run', '-d', '--name', 'slim', ...user, '-w', '/home/app', TEST_IMAGE, 'sh', '-c', script);
    expect(berth(['exec', 'slim', '/bin/sh', '-c', 'true']).code).toBe(127);
    const look = 'cat /target/home/app/mark; cat /proc/1/cmdline | tr "\\0" " "; grep CapEff /proc/self/status';
    const seen = berth(['debug', '--image', TEST_IMAGE, 'slim', 'sh', '-c', look]);
    expect(seen).toMatchObject({ code: 0, stdout: expect.stringContaining('inside') });
    expect(seen.stdout).toContain('sleep 60');
    // CAP_DAC_OVERRIDE, as the container, and CAP_SYS_PTRACE.
    expect(seen.stdout).toMatch(/CapEff:\s+0000000000080002/);
    // A shell that reads what to do begins in the directory of the container.
    expect(
      berth(['debug', '--image', TEST_IMAGE, '--shell', 'sh', 'slim'], 'cat mark; hostname; exit 4\n'),
    ).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/^inside\n/),
    });
    // Its files stay out of reach where its processes are others' too, and that is told.
    ok('run', '-d', '--name', 'shares', '--pid', 'container:slim', TEST_IMAGE, 'sleep', '60');
    expect(berth(['debug', '--image', TEST_IMAGE, 'shares', 'true'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('not under /target'),
    });
    ok('rm', '-f', 'shares');
    expect(ok('ps', '-aq', '--no-trunc')).toBe(id);
    ok('kill', 'slim');
    expect(berth(['debug', 'slim'])).toMatchObject({ code: 1, stderr: expect.stringContaining('does not run') });
    ok('rm', 'slim');
  });

  it('pushes, pulls, tags, lists, saves, loads and removes images', () => {
    const name = `${registry.host}/tools:v1`;
    ok('tag', TEST_IMAGE, name);
    expect(ok('push', name)).toMatch(/v1: digest: sha256:/);
    expect(ok('rmi', name)).toContain(`Untagged: ${name}`);
    expect(ok('pull', name)).toContain('Status: Downloaded newer image');
    expect(ok('images', '--format', '{{.Repository}}:{{.Tag}}', name)).toBe(name);
    expect(ok('history', name)).toContain('Imported from');
    ok('save', '-o', `${scratch}/image.tar`, name);
    ok('rmi', name);
    expect(ok('load', '-i', `${scratch}/image.tar`)).toContain(`Loaded image: ${name}`);
    ok('rmi', name);
  });

  it('tells version, info and events', () => {
    expect(ok('version')).toMatch(/API version: +1\.51/);
    expect(ok('info')).toContain('Server Version');
    expect(ok('events', '--since', '10m', '--until', '0s', '--filter', 'event=create')).toContain('container create');
  });

  it('explains itself, and an engine that is not there', () => {
    expect(ok('--help')).toContain('Commands:');
    expect(ok('ps', '--help')).toContain('--all');
    expect(berth(['fly'])).toMatchObject({ code: 1, stderr: expect.stringContaining("'fly' is not a berth command") });
    expect(berth(['-H', `unix://${engine.directory}/none.sock`, 'ps'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Cannot connect to the engine'),
    });
  });
});
