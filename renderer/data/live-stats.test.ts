import { expect, it } from 'vitest';
import type { StatsSample } from '../../runtime/contract/stats.ts';
import { HISTORY, withSample, type LiveStats } from './live-stats.ts';

const sample = (seconds: number, more: Partial<StatsSample> = {}): StatsSample => ({
  id: 'a',
  at: seconds * 1000,
  cpus: 0.5,
  memoryBytes: 100,
  memoryLimit: 0,
  pids: 1,
  netRx: 0,
  netTx: 0,
  blockRead: 0,
  blockWrite: 0,
  ...more,
});
const after = (...samples: readonly StatsSample[]) =>
  samples.reduce<LiveStats | undefined>((live, next) => withSample(live, next), undefined);

it('keeps what each sample says, and nothing of what the first cannot', () => {
  const live = after(sample(0, { cpus: null }), sample(2, { memoryBytes: 200 }));
  expect(live).toMatchObject({ cpus: [0.5], memory: [100, 200], latest: { at: 2000 } });
  expect(after(sample(0))).toMatchObject({ network: [], rate: null });
});

it('makes a rate of two totals, and none when the totals began anew', () => {
  const two = [sample(0), sample(2, { netRx: 3000, netTx: 1000 })];
  expect(after(...two)).toMatchObject({ network: [2000], rate: { received: 1500, sent: 500 } });
  expect(after(...two, sample(4, { netRx: 10 }))).toMatchObject({ network: [2000], rate: null });
  expect(after(sample(1), sample(1))).toMatchObject({ rate: null });
});

it('forgets the oldest', () => {
  const live = after(...Array.from({ length: HISTORY + 5 }, (_, second) => sample(second)));
  expect([live?.cpus.length, live?.memory.length, live?.network.length]).toEqual([HISTORY, HISTORY, HISTORY]);
});
