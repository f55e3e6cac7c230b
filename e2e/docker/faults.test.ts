import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

/** The monitor of a container: the parent of its first process. */
function monitorOf(engine: EngineProcess, id: string): number {
  const pid = engine.dockerOk(['inspect', '-f', '{{.State.Pid}}', id]);
  return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe.each(ENGINE_MODES)('a monitor killed as %s', (mode) => {
  const engine = new EngineProcess(mode);
  let before: Traces;
  const start = (...args: string[]): string => engine.dockerOk(['run', '-d', ...args, TEST_IMAGE, 'sleep', '600']);
  const state = (id: string): string => engine.dockerOk(['inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', id]);
  const gone = (id: string): boolean => engine.docker(['inspect', id]).code !== 0;

  beforeAll(async () => {
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    before = traces(engine);
  });

  afterAll(async () => {
    const mine = (await leftovers(engine, before, 3000)).files;
    await engine.dispose();
    expect(mine).toBeUndefined();
  });

  const cgroupsOf = (id: string): string[] => traces(engine).cgroups.filter((path) => path.endsWith(id));

  it('makes the container exited 255, with nothing left of it, and startable', async () => {
    const id = start();
    process.kill(monitorOf(engine, id), 'SIGKILL');
    expect(engine.dockerOk(['wait', id])).toBe('255');
    expect(state(id)).toBe('exited 255');
    expect(cgroupsOf(id)).toEqual([]);
    engine.dockerOk(['start', id]);
    expect(state(id)).toBe('running 0');
    engine.dockerOk(['rm', '-f', id]);
    expect(cgroupsOf(id)).toEqual([]);
  });

  it('removes a container of --rm, and restarts by policy', async () => {
    const temporary = start('--rm');
    const kept = start('--restart', 'on-failure');
    process.kill(monitorOf(engine, temporary), 'SIGKILL');
    process.kill(monitorOf(engine, kept), 'SIGKILL');
    await expect.poll(() => gone(temporary), { timeout: 5000 }).toBe(true);
    await expect.poll(() => state(kept), { timeout: 5000 }).toBe('running 0');
    engine.dockerOk(['rm', '-f', kept]);
  });

  it('is noticed by an engine that was down meanwhile', async () => {
    const plain = start();
    const temporary = start('--rm');
    const kept = start('--restart', 'unless-stopped');
    const failing = start('--restart', 'on-failure:3');
    const monitors = [plain, temporary, kept, failing].map((id) => monitorOf(engine, id));
    await engine.stop('SIGKILL');
    for (const pid of monitors) process.kill(pid, 'SIGKILL');
    await engine.start();
    expect(state(plain)).toBe('exited 255');
    expect([...cgroupsOf(plain), ...cgroupsOf(temporary)]).toEqual([]);
    await expect.poll(() => gone(temporary), { timeout: 5000 }).toBe(true);
    await expect.poll(() => state(kept), { timeout: 5000 }).toBe('running 0');
    await expect.poll(() => state(failing), { timeout: 5000 }).toBe('running 0');
    engine.dockerOk(['rm', '-f', plain, kept, failing]);
  });
});
