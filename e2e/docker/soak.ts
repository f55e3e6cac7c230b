// Run by hand: `npm run soak -- [--kills 1000] [--runs 20000] [--mode root|rootless] [--seed 1] [--evidence DIR]`. Exit code 1 when
// something was lost or left behind.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ENGINE_MODES, EngineProcess, type EngineMode } from '../fixtures/engine-process.ts';
import { killedLoad } from '../fixtures/killed-load.ts';
import type { Tally } from '../fixtures/mixed-load.ts';
import { descriptorKinds, leftovers, traces, zygotePid } from '../fixtures/leaks.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '0' },
    runs: { type: 'string', default: '0' },
    mode: { type: 'string' },
    seed: { type: 'string', default: '1' },
    evidence: { type: 'string', default: '' },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Resident memory in MiB. */
function memoryOf(pid: number): number {
  const kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return Math.round(kib / 102.4) / 10;
}

async function runOnce(engine: EngineProcess): Promise<void> {
  const body = { Image: TEST_IMAGE, Cmd: ['true'], HostConfig: { AutoRemove: true } };
  const id = String((await engine.api('POST', '/containers/create', body)).json()['Id']);
  const removed = engine.api('POST', `/containers/${id}/wait?condition=removed`);
  const started = await engine.api('POST', `/containers/${id}/start`);
  const code = (await removed).json()['StatusCode'];
  if (started.status !== 204 || code !== 0) throw new Error(`run ended with ${started.status} ${String(code)}`);
}

/** `run --rm` over and over: memory and descriptors are flat, and nothing is left. */
async function runs(mode: EngineMode, count: number): Promise<boolean> {
  const engine = new EngineProcess(mode);
  try {
    await engine.start();
    await loadTestImage(engine);
    engine.dockerOk(['run', '--rm', TEST_IMAGE, 'true']);
    const before = traces(engine);
    const started = performance.now();
    const report = (done: number): void => {
      const descriptors = Object.values(descriptorKinds(engine.pid)).reduce((sum, one) => sum + one, 0);
      const launcher = zygotePid(engine);
      const seconds = Math.round((performance.now() - started) / 100) / 10;
      print(
        `${mode}: ${done} runs, ${seconds} s, engine ${memoryOf(engine.pid)} MiB ${descriptors} fds, launcher ${memoryOf(launcher)} MiB`,
      );
    };
    for (let done = 0; done < count; done += 10) {
      if (done % Math.max(10, count / 10) === 0) report(done);
      await Promise.all(Array.from({ length: 10 }, () => runOnce(engine)));
    }
    report(count);
    const left = await leftovers(engine, before);
    print(`${mode}: left behind ${JSON.stringify(left)}`);
    return Object.keys(left).length === 0;
  } finally {
    await engine.dispose();
  }
}

let isClean = true;
for (const mode of ENGINE_MODES.filter((one) => values.mode === undefined || one === values.mode)) {
  const kills = Number(values.kills);
  if (kills > 0) {
    const started = performance.now();
    let told = 0;
    const onKill = (count: number, so: Tally): void => {
      for (; told < so.violations.length; told += 1) print(`${mode}: at ${count} kills: ${so.violations[told] ?? ''}`);
      if (count % 50 === 0) print(`${mode}: ${count} kills, ${so.violations.length} violations`);
    };
    const tally = await killedLoad(mode, kills, Number(values.seed), onKill, values.evidence);
    print(`${mode}: ${Math.round((performance.now() - started) / 1000)} s ${JSON.stringify(tally, null, 1)}`);
    isClean &&= tally.violations.length === 0;
  }
  const count = Number(values.runs);
  if (count > 0) isClean = (await runs(mode, count)) && isClean;
}
process.exit(isClean ? 0 : 1);
