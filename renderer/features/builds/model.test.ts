import { expect, it } from 'vitest';
import type { BuildStep } from '../../../runtime/contract/builds.ts';
import { formatSpan, stageGraph, stepState, telling, timeline } from './model.ts';

const step = (id: string, stage: string, change: Partial<BuildStep> = {}): BuildStep => ({
  id,
  stage,
  text: `RUN ${id}`,
  inputs: [],
  started: null,
  completed: null,
  cached: false,
  error: '',
  ...change,
});

const STEPS = [
  step('load', '', { started: 1000, completed: 1100 }),
  step('m1', 'make', { started: 1100, completed: 1200, cached: true }),
  step('m2', 'make', { inputs: ['m1'], started: 1200, completed: 1800 }),
  step('f1', 'final', { started: 1100, completed: 1150 }),
  step('f2', 'final', { inputs: ['f1', 'm2'], started: 1800 }),
  step('export', ''),
];

it('lays steps out over the time of the build, by stage', () => {
  const groups = timeline(STEPS, 'running', 2000);
  expect(groups.map(({ kind, stage, rows }) => [kind, stage, rows.length])).toEqual([
    ['before', '', 1],
    ['stage', 'make', 2],
    ['stage', 'final', 2],
    ['after', '', 1],
  ]);
  expect(groups[1]?.rows[1]).toMatchObject({ left: 0.2, width: 0.6, took: 600, state: 'done' });
  expect(groups[2]?.rows[1]).toMatchObject({ left: 0.8, width: 0.2, took: 200, state: 'running' });
  expect(groups[3]?.rows[0]).toMatchObject({ took: null, state: 'waiting' });
  expect(timeline([], 'running', 0)).toEqual([]);
});

it('says how a step stands, by how the build does', () => {
  expect(stepState(step('a', 's', { started: 1 }), 'canceled')).toBe('stopped');
  expect(stepState(step('a', 's'), 'failed')).toBe('skipped');
  expect(stepState(step('a', 's', { started: 1, completed: 2, error: 'x' }), 'failed')).toBe('failed');
});

it('pictures what stages need', () => {
  expect(stageGraph(STEPS, 'running')).toEqual([
    { name: 'make', needs: [], steps: 2, cached: 1, state: 'done' },
    { name: 'final', needs: ['make'], steps: 2, cached: 0, state: 'running' },
  ]);
});

it('finds what failed', () => {
  expect(telling(STEPS)).toBeUndefined();
  expect(telling([...STEPS, step('bad', 's', { error: 'exit 1' })])?.id).toBe('bad');
});

it('writes spans as people read them', () => {
  expect([40, 4200, 42_000, 75_000, 3_700_000].map(formatSpan)).toEqual([
    '40 ms',
    '4.2 s',
    '42 s',
    '1 min 15 s',
    '1 h 1 min',
  ]);
});
