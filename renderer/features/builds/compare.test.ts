import { expect, it } from 'vitest';
import type { BuildStep } from '../../../runtime/contract/builds.ts';
import { compareLayers, compareSteps } from './compare.ts';

const step = (text: string, cached: boolean, change: Partial<BuildStep> = {}): BuildStep => ({
  id: text,
  stage: 'main',
  text,
  inputs: [],
  started: 1,
  completed: 2,
  cached,
  error: '',
  ...change,
});

it('tells what was cached, what ran again, what came and went', () => {
  const earlier = [step('FROM a', true), step('RUN old', false), step('RUN x', true), step('RUN y', false)];
  const later = [
    step('FROM a', true),
    step('RUN x', false),
    step('RUN new', false),
    step('RUN y', true),
    step('RUN z', false, { error: 'exit 1' }),
  ];
  expect(compareSteps(earlier, later).map(({ text, verdict, isDifferent }) => [text, verdict, isDifferent])).toEqual([
    ['FROM a', 'cached', false],
    ['RUN old', 'dropped', true],
    ['RUN x', 'reran', true],
    ['RUN new', 'added', true],
    ['RUN y', 'saved', true],
    ['RUN z', 'failed', true],
  ]);
});

it('pairs steps that are written alike in their order', () => {
  const twice = [step('RUN x', true), step('RUN x', false)];
  expect(compareSteps(twice, twice).map(({ verdict }) => verdict)).toEqual(['cached', 'ran']);
  expect(compareSteps(twice, twice.slice(0, 1)).map(({ verdict }) => verdict)).toEqual(['cached', 'dropped']);
});

it('finds layers that differ', () => {
  const layer = (createdBy: string, size: number, empty = false) => ({
    createdAt: 0,
    createdBy,
    size,
    comment: '',
    empty,
  });
  expect(
    compareLayers(
      [layer('CMD', 0, true), layer('COPY', 10), layer('FROM', 5)],
      [layer('COPY', 12), layer('RUN', 3), layer('FROM', 5)],
    ),
  ).toEqual([
    { createdBy: 'RUN', earlier: null, later: 3 },
    { createdBy: 'COPY', earlier: 10, later: 12 },
  ]);
});
