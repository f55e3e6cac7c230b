import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { descriptorKinds, leftovers, traces, zygotePid, type Traces } from '../fixtures/leaks.ts';
import { heapEnvironment, liveHeap } from '../fixtures/live-heap.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** How often; the numbers. */
const RUNS = 500;
/** Runs after which the engine's memory is looked at first. */
const WARM_UP = 100;
/** MiB: 8 kB a run. One container's record and plan are more, and 6,000 runs were seen to leave nothing. */
const HEAP_GROWTH = 3;
const EXECS = 500;
/** 100 in each mode, 200 together; BERTH_KILLS asks for another number in each. */
const KILLS = Number(process.env['BERTH_KILLS'] ?? 100);

/** Nothing is lost to a crash of the engine, and nothing is left behind. */
describe.each(ENGINE_MODES)('reliability as %s', (mode) => {
  const engine = new EngineProcess(mode, { environment: heapEnvironment(mode) });
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

  it(`leaves nothing after ${RUNS} run --rm, and the engine's descriptors and memory stay what they were`, async () => {
    const descriptors = descriptorKinds(engine.pid);
    let heap = 0;
    for (let done = 0; done < RUNS; done += 10) {
      // Until then code is compiled and caches fill.
      if (done === WARM_UP) heap = await liveHeap(engine, mode);
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          engine.runToEnd(TEST_IMAGE, ['sh', '-c', `exit ${(done + index) % 256}`]),
        ),
      );
      expect(results).toEqual(Array.from({ length: 10 }, (_, index) => (done + index) % 256));
    }
    expect(await leftovers(engine, before)).toEqual({});
    await expect.poll(() => grown(descriptors, descriptorKinds(engine.pid))).toEqual({});
    expect((await liveHeap(engine, mode)) - heap).toBeLessThan(HEAP_GROWTH);
  }, 600_000);

  it(`leaves nothing after ${EXECS} exec`, async () => {
    ok('run', '-d', '--name', 'target', TEST_IMAGE, 'sleep', '600');
    const atStart = traces(engine);
    const descriptors = descriptorKinds(engine.pid);
    for (let done = 0; done < EXECS; done += 10) {
      await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          execOnce(engine, 'target', ['sh', '-c', `exit ${(done + index) % 256}`], (done + index) % 256),
        ),
      );
    }
    expect(await leftovers(engine, atStart)).toEqual({});
    await expect.poll(() => grown(descriptors, descriptorKinds(engine.pid))).toEqual({});
    ok('rm', '-f', 'target');
    expect(await leftovers(engine, before)).toEqual({});
  }, 600_000);

  it(`loses no container, line or exit code to ${KILLS} kill -9 of the engine`, async () => {
    // One that never ends, whose log is checked at every turn, and short ones whose exit codes are.
    ok(
      'run',
      '-d',
      '--name',
      'witness',
      TEST_IMAGE,
      'sh',
      '-c',
      'i=0; while :; do echo line $i; i=$((i+1)); sleep 0.02; done',
    );
    for (let turn = 0; turn < KILLS; turn += 1) {
      const code = turn % 256;
      const { Id } = (
        await engine.api('POST', '/containers/create', {
          Image: TEST_IMAGE,
          Cmd: ['sh', '-c', `echo turn ${turn}; sleep 0.0${turn % 9}; exit ${code}`],
        })
      ).json() as { Id: string };
      const started = engine.api('POST', `/containers/${Id}/start`).catch(() => null);
      // 0 to 18 ms after the request: before, during and after the start.
      await new Promise((wake) => setTimeout(wake, turn % 19));
      await engine.crash();
      await started;
      const { State } = (await engine.api('GET', `/containers/${Id}/json`)).json() as {
        State: { Status: string; ExitCode: number };
      };
      expect(['created', 'running', 'exited']).toContain(State.Status);
      if (State.Status !== 'created') {
        const waited = (await engine.api('POST', `/containers/${Id}/wait`)).json();
        expect(waited, `turn ${turn}: ${JSON.stringify(State)}`).toEqual({ StatusCode: code });
        const logs = await engine.api('GET', `/containers/${Id}/logs?stdout=1`);
        expect(logs.body).toContain(`turn ${turn}\n`);
      }
      expect((await engine.api('DELETE', `/containers/${Id}`)).status).toBe(204);
    }
    const lines = ok('logs', 'witness').split('\n');
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, index) => `line ${index}`));
    expect(lines.length).toBeGreaterThan(KILLS);
    ok('rm', '-f', 'witness');
    expect(await leftovers(engine, before)).toEqual({});
  }, 1_200_000);

  it('loses nothing to a kill -9 of the zygote', async () => {
    ok(
      'run',
      '-d',
      '--name',
      'survivor',
      TEST_IMAGE,
      'sh',
      '-c',
      // It waits for the exec below, however long that takes to come.
      'i=0; while [ $i -lt 30 ]; do echo line $i; i=$((i+1)); sleep 0.05; done; until [ -e /asked ]; do sleep 0.05; done; exit 6',
    );
    process.kill(zygotePid(engine), 'SIGKILL');
    expect(ok('run', '--rm', TEST_IMAGE, 'echo', 'a new zygote')).toBe('a new zygote');
    expect(ok('exec', 'survivor', 'sh', '-c', 'echo inside; touch /asked')).toBe('inside');
    expect(ok('wait', 'survivor')).toBe('6');
    expect(ok('logs', 'survivor').split('\n')).toHaveLength(30);
    ok('rm', 'survivor');
    expect(await leftovers(engine, before)).toEqual({});
  });
});

async function execOnce(
  engine: EngineProcess,
  container: string,
  command: readonly string[],
  expected: number,
): Promise<void> {
  const { Id } = (
    await engine.api('POST', `/containers/${container}/exec`, { Cmd: command, AttachStdout: true })
  ).json() as { Id: string };
  await engine.api('POST', `/exec/${Id}/start`, { Detach: true });
  await expect.poll(async () => (await engine.api('GET', `/exec/${Id}/json`)).json()['ExitCode']).toBe(expected);
}

/** Kinds of descriptors of which there are more than before; sockets of idle client connections come and go. */
function grown(before: Record<string, number>, now: Record<string, number>): Record<string, number> {
  const slack = 4;
  return Object.fromEntries(
    Object.entries(now).flatMap(([kind, count]) => (count > (before[kind] ?? 0) + slack ? [[kind, count]] : [])),
  );
}
