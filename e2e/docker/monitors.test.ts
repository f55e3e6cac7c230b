import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerParents, hasControlGroups } from '../fixtures/control-groups.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { leftovers, traces, zygotePid, type Traces } from '../fixtures/leaks.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** The process that supervises the container with this main process: its parent. */
function monitorOf(engine: EngineProcess, container: string): number {
  const pid = engine.dockerOk(['inspect', '-f', '{{.State.Pid}}', container]);
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** What is not answered by monitors, or was left by those that were killed, when an engine starts. */
describe.each(ENGINE_MODES)('monitors found at start as %s', (mode) => {
  const engine = new EngineProcess(mode);
  let before: Traces;
  const ok = (...args: string[]): string => engine.dockerOk(args);

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    ok('run', '--rm', TEST_IMAGE, 'true');
    before = traces(engine);
  });

  afterAll(async () => {
    await engine.dispose();
  });

  it('does not wait for one that is stopped, touches nothing of it, and follows it again when it goes on', async () => {
    ok('run', '-d', '--name', 'held', TEST_IMAGE, 'sh', '-c', 'trap "exit 7" TERM; while :; do sleep 0.1; done');
    ok('run', '-d', '--name', 'free', TEST_IMAGE, 'sleep', '600');
    const monitor = monitorOf(engine, 'held');
    expect(monitor).not.toBe(zygotePid(engine));
    process.kill(monitor, 'SIGSTOP');
    await engine.crash();
    expect(ok('ps', '--format', '{{.Names}} {{.State}}').split('\n').sort()).toEqual(['free running', 'held running']);
    for (const args of [
      ['stop', 'held'],
      ['kill', 'held'],
      ['rm', '-f', 'held'],
      ['exec', 'held', 'true'],
      ['start', 'held'],
      ['restart', 'held'],
    ]) {
      const { code, stderr } = engine.docker(args);
      expect([args[0], code, stderr]).toEqual([args[0], 1, expect.stringContaining('does not answer')]);
    }
    ok('rm', '-f', 'free');
    process.kill(monitor, 'SIGCONT');
    await expect.poll(() => engine.docker(['exec', 'held', 'true']).code).toBe(0);
    ok('stop', 'held');
    expect(ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'held')).toBe('exited 7');
    ok('rm', 'held');
    expect(await leftovers(engine, before)).toEqual({});
  });

  it('keeps nobody waiting for one that is stopped while the engine runs, and loses nothing by it', async () => {
    const id = ok(
      'run',
      '-d',
      '--name',
      'held',
      TEST_IMAGE,
      'sh',
      '-c',
      'trap "exit 7" TERM; while :; do sleep 0.1; done',
    );
    const monitor = monitorOf(engine, 'held');
    process.kill(monitor, 'SIGSTOP');
    const ask = (method: string, path: string): Promise<[number, string]> =>
      engine.api(method, `/containers/${path}`).then(({ status, body }) => [status, body]);
    // All at once, which they are not: those that change the container wait for each other.
    const answers = await Promise.all([
      ask('POST', `${id}/kill?signal=USR1`),
      ask('POST', `${id}/resize?h=10&w=10`),
      ask('POST', `${id}/stop?t=1`),
      ask('POST', `${id}/pause`),
    ]);
    for (const answer of answers) expect(answer).toEqual([409, expect.stringContaining('does not answer')]);
    expect(ok('inspect', '-f', '{{.State.Status}}', 'held')).toBe('running');
    // What needs no monitor goes on.
    expect(ok('exec', 'held', 'echo', 'here')).toBe('here');
    expect(ok('top', 'held')).toContain('sleep');
    process.kill(monitor, 'SIGCONT');
    ok('pause', 'held');
    ok('unpause', 'held');
    ok('stop', 'held');
    expect(ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'held')).toBe('exited 7');
    ok('rm', 'held');
    expect(await leftovers(engine, before)).toEqual({});
  });

  it('learns that one which was stopped has been killed', async () => {
    ok('run', '-d', '--name', 'held', TEST_IMAGE, 'sleep', '600');
    const monitor = monitorOf(engine, 'held');
    process.kill(monitor, 'SIGSTOP');
    await engine.crash();
    process.kill(monitor, 'SIGKILL');
    await expect.poll(() => ok('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'held')).toBe('exited 255');
    ok('rm', 'held');
    expect(await leftovers(engine, before)).toEqual({});
  });

  it('removes control groups that no container runs in', async () => {
    const mark = createHash('sha256').update(engine.dataRoot).digest('hex').slice(0, 12);
    const parents = containerParents(engine, `berth-${mark}`);
    expect(parents.length > 0).toBe(hasControlGroups(mode));
    ok('run', '-d', '--name', 'stays', TEST_IMAGE, 'sleep', '600');
    const atStart = traces(engine);
    const lost = parents.map((parent) => join(parent, 'f'.repeat(64)));
    for (const path of lost) mkdirSync(path);
    await engine.crash();
    expect(lost.filter((path) => existsSync(path))).toEqual([]);
    expect(await leftovers(engine, atStart)).toEqual({});
    expect(ok('exec', 'stays', 'echo', 'here')).toBe('here');
    ok('rm', '-f', 'stays');
    expect(await leftovers(engine, before)).toEqual({});
  });
});
