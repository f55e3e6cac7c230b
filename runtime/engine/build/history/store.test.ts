import { beforeEach, expect, it } from 'vitest';
import { openDatabase } from '../../store/database.ts';
import { SCRATCH, type Vertex } from '../plan/vertex.ts';
import type { BuildJob } from './builds.ts';
import { BuildHistory, HISTORY_SCHEMA, recordOf } from './store.ts';
import { BuildTrace, type TraceUpdate } from './trace.ts';

const STEP: Vertex = {
  kind: 'step',
  parent: SCRATCH,
  operation: { kind: 'workdir', path: '/w', user: '' },
  place: { title: '[main 1/1] WORKDIR /w', span: { start: 2, end: 2 }, stage: 'main' },
};

function job(ref: string, createdAt: number): BuildJob {
  const attributes = new Map([['target', 'x']]);
  const nothing = { completedAt: null, error: '', failure: null, response: new Map<string, string>() };
  return { ref, title: `image ${ref}`, trace: new BuildTrace(), createdAt, attributes, ...nothing };
}

let history: BuildHistory;
let database: ReturnType<typeof openDatabase>;

beforeEach(() => {
  database = openDatabase(':memory:', [HISTORY_SCHEMA]);
  history = new BuildHistory(database);
});

it('lists what is going on and what was, latest first', () => {
  const first = job('first', 1000);
  history.begin(first);
  history.begin(job('second', 2000));
  first.completedAt = 3000;
  history.end(first, 'completed');
  expect(history.list().map(({ ref, status, completedAt }) => [ref, status, completedAt])).toEqual([
    ['second', 'running', null],
    ['first', 'completed', 3000],
  ]);
  expect(history.delete('first')).toBe(true);
  expect(history.delete('first')).toBe(false);
});

it('keeps steps, output and what was asked', async () => {
  const one = job('one', 1);
  history.begin(one);
  one.trace.step(STEP, { type: 'started', time: 10 });
  one.trace.step(STEP, { type: 'output', stream: 2, bytes: Buffer.from('told\n') });
  one.trace.step(STEP, { type: 'finished', time: 20, cached: false, error: '' });
  await one.trace.task('exporting to image').run(() => Promise.resolve());
  expect(recordOf(one)).toMatchObject({ status: 'running', total: 2, completed: 2, cached: 0 });
  one.response = new Map([['containerimage.config.digest', 'sha256:1']]);
  history.end(one, 'completed');
  const found = history.find('one');
  expect(found).toMatchObject({ image: 'sha256:1', attributes: { target: 'x' }, title: 'image one' });
  expect(found?.vertexes[0]).toMatchObject({ name: '[main 1/1] WORKDIR /w', started: 10, completed: 20 });
  expect(found?.logs).toEqual([expect.objectContaining({ text: 'told\n', stream: 2 })]);
  expect(history.find('none')).toBeUndefined();
});

it('takes builds of an engine that was killed for failed', () => {
  history.begin(job('lost', 5));
  const again = new BuildHistory(database);
  expect(again.find('lost')).toMatchObject({ status: 'failed', error: 'the engine ended while it was building' });
});

it('remembers only so many', () => {
  for (let index = 0; index < 225; index += 1) history.begin(job(`build-${index}`, index));
  const refs = history.list().map(({ ref }) => ref);
  expect([refs.length, refs[0], refs.at(-1)]).toEqual([200, 'build-224', 'build-25']);
});

it('tells those who come later what was, and then what follows', () => {
  const { trace } = job('watched', 1);
  trace.step(STEP, { type: 'started', time: 10 });
  const updates: TraceUpdate[] = [];
  const forget = trace.subscribe((update) => updates.push(update));
  trace.step(STEP, { type: 'output', stream: 1, bytes: Buffer.from('later') });
  trace.flush();
  forget();
  trace.step(STEP, { type: 'finished', time: 20, cached: false, error: 'failed' });
  trace.flush();
  expect(updates.map(({ vertexes, logs }) => [vertexes.length, logs.length])).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(trace.whole.vertexes[0]).toMatchObject({ completed: 20, error: 'failed' });
});
