import { expect, it } from 'vitest';
import type { StoredLayer } from '../../images/content.ts';
import { digestOf } from '../../store/digest.ts';
import { Slots } from '../../store/slots.ts';
import type { CachedStep } from '../cache/records.ts';
import { inputsOf, type Vertex } from '../plan/vertex.ts';
import type { StepEvent } from './progress.ts';
import { SharedWork } from './shared-work.ts';
import { Solver, type Executor, type StepCache } from './solver.ts';

const TASK = { run: <T>(work: () => Promise<T>) => work(), part: () => undefined };

/** Builds that share a cache and their work, as those of one engine do. */
function engine(contentKey: Executor['contentKey'] = () => Promise.resolve(null), alias: string | null = null) {
  const results = new Map<string, CachedStep>();
  const shared = new SharedWork<CachedStep, StepEvent>();
  let runs = 0;
  const executor: Executor = {
    contentKey,
    execute: () => {
      runs += 1;
      const digest = digestOf(Buffer.from(String(runs)));
      const layer: StoredLayer = { diffId: digest, blob: { mediaType: 'x', digest, size: 1 } };
      return Promise.resolve(layer);
    },
    stack: () => Promise.resolve(),
    layersOf: () => [],
    hold: () => undefined,
    now: () => new Date(runs).toISOString(),
  };
  const cache: StepCache = {
    aliased: () => alias,
    find: (key) => results.get(key) ?? null,
    put: (step) => {
      results.set(step.key, step);
      return step;
    },
  };
  const solver = (find: StepCache['find'] = cache.find): { solver: Solver; events: StepEvent[] } => {
    const events: StepEvent[] = [];
    const progress = {
      step: (vertex: Vertex, event: StepEvent) => {
        if (vertex.kind === 'step') events.push(event);
      },
      status: () => undefined,
      task: () => TASK,
    };
    const parts = { cache: { ...cache, find }, shared, executor, progress, slots: new Slots(2) };
    const { signal } = new AbortController();
    return { solver: new Solver({ ...parts, signal, ignoresCache: () => false }), events };
  };
  return { cache, solver, runs: () => runs };
}

const base: Vertex = { kind: 'base', image: null, place: null } as unknown as Vertex;
const step = {
  kind: 'step',
  parent: base,
  operation: { kind: 'workdir', path: '/w', user: '' },
  place: { stage: 's', title: 'WORKDIR /w', span: { start: 1, end: 1 } },
} as unknown as Vertex;

it('does a step once for builds that need it at a time', async () => {
  const { solver, runs } = engine();
  const made = await Promise.all([solver(), solver(), solver()].map((one) => one.solver.snapshot(step)));
  expect(runs()).toBe(1);
  expect(new Set(made.map(({ created }) => created)).size).toBe(1);
});

it('takes what another build has ended since it looked', async () => {
  const { cache, solver, runs } = engine();
  const other = solver();
  let looks = 0;
  const late = solver(async (key) => {
    looks += 1;
    if (looks > 1) return cache.find(key);
    // The other one begins and ends the step between the first look and the work.
    await other.solver.snapshot(step);
    return null;
  });
  const [mine, its] = await Promise.all([late.solver.snapshot(step), other.solver.snapshot(step)]);
  expect(runs()).toBe(1);
  expect(mine).toEqual(its);
  expect(late.events).toMatchObject([{ type: 'finished', cached: true }]);
});

/** A RUN that mounts files of a stage, and those of the context besides. */
function mounting(stage: string, ...others: readonly object[]): Vertex {
  const from = { ...step, operation: { kind: 'workdir', path: stage, user: '' } };
  const mounts = [{ mount: { type: 'bind', source: '/part' }, destination: '/a', from }, ...others];
  return { ...step, operation: { kind: 'run', mounts, devices: [], hostname: '' } } as unknown as Vertex;
}
const ofContext = { mount: { type: 'bind', source: '/' }, destination: '/b', from: null };

it('tells what mounts a stage and the context apart by both', async () => {
  let context = 'one';
  const key = (stage: string): Promise<string> => {
    const { solver } = engine(() => Promise.resolve({ key: context, covers: [] }), 'what it was before');
    return solver().solver.key(mounting(stage, ofContext));
  };
  const before = await key('/1');
  expect(await key('/2')).not.toBe(before);
  context = 'two';
  expect(await key('/1')).not.toBe(before);
});

it('takes what mounts the same files of another stage for the same', async () => {
  const { solver } = engine((operation) => Promise.resolve({ key: 'files', covers: inputsOf(operation) }));
  const key = (stage: string): Promise<string> => solver().solver.key(mounting(stage));
  expect(await key('/1')).toBe(await key('/2'));
});
