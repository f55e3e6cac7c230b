import { expect, it } from 'vitest';
import { buildTrace } from './trace.ts';

const step = { inputs: [], started: null, completed: null, cached: false, error: '' };

it('has a lane for each stage and an event for each step that began', () => {
  const text = buildTrace({ title: 'app:1', status: 'failed' }, [
    { ...step, id: 'a', stage: '', text: 'load build context', started: 5000, completed: 5010 },
    { ...step, id: 'b', stage: 'base', text: 'FROM busybox', started: 5010, completed: 5010, cached: true },
    { ...step, id: 'c', stage: 'base', text: 'RUN make', started: 5020, completed: 5100, error: 'exit code: 2' },
    { ...step, id: 'd', stage: 'last', text: 'RUN never' },
  ]);
  const { traceEvents } = JSON.parse(text) as { traceEvents: Record<string, unknown>[] };
  expect(traceEvents.filter(({ ph }) => ph === 'M').map(({ args }) => args)).toEqual([
    { name: 'app:1' },
    { name: 'tasks' },
    { name: 'base' },
    { name: 'last' },
  ]);
  expect(traceEvents.filter(({ ph }) => ph === 'X')).toMatchObject([
    { name: 'load build context', tid: 1, ts: 0, dur: 10_000, args: { state: 'done' } },
    { name: 'FROM busybox', tid: 2, ts: 10_000, dur: 0, args: { state: 'cached' } },
    { name: 'RUN make', tid: 2, ts: 20_000, dur: 80_000, args: { state: 'failed', error: 'exit code: 2' } },
  ]);
});
