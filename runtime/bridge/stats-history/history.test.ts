import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StatsSample } from '../../contract/stats.ts';
import { HistoryFiles, historyDirectory } from './history-files.ts';
import { StatsHistory } from './history.ts';
import { averaged, pointBetween } from './points.ts';

const MINUTE = 60_000;
/** 14 November 2026, 12:00 UTC. */
const START = Date.UTC(2026, 10, 14, 12);

const sample = (at: number, more: Partial<StatsSample> = {}): StatsSample => ({
  id: 'a'.repeat(64),
  at,
  cpus: 0.5,
  memoryBytes: 1000,
  memoryLimit: 0,
  pids: 1,
  netRx: 0,
  netTx: 0,
  blockRead: 0,
  blockWrite: 0,
  ...more,
});

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-history-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('points', () => {
  it('are rates between two measurements', () => {
    const point = pointBetween(sample(0), sample(2000, { netRx: 4000, blockWrite: 10 }));
    expect(point).toMatchObject({ at: 2000, cpus: 0.5, memoryBytes: 1000, netRx: 2000, blockWrite: 5 });
  });

  it('say nothing of a time in which the container began anew', () => {
    expect(pointBetween(sample(0, { netRx: 10 }), sample(2000, { netRx: 4 }))).toBeNull();
    expect(pointBetween(sample(5), sample(5))).toBeNull();
  });

  it('are averaged by spans of the clock', () => {
    const point = { at: 0, cpus: 0, memoryBytes: 0, netRx: 0, netTx: 0, blockRead: 0, blockWrite: 0 };
    const means = averaged(
      [1, 2, 11].map((at) => ({ ...point, at, cpus: at })),
      10,
    );
    expect(means.map(({ at, cpus }) => [at, cpus])).toEqual([
      [10, 1.5],
      [20, 11],
    ]);
  });
});

it('keeps the last hour by the minute and the days before it by five', async () => {
  let now = START;
  const history = new StatsHistory({
    measure: () => Promise.resolve([sample(now, { cpus: (now - START) / MINUTE / 100 })]),
    files: new HistoryFiles(directory),
    now: () => now,
  });
  for (let minute = 0; minute <= 180; minute += 1) {
    await history.look();
    now += MINUTE;
  }
  now -= MINUTE;
  const id = 'a'.repeat(64);
  const hour = await history.points(id, 'hour');
  expect(hour).toHaveLength(60);
  expect(hour.at(-1)).toMatchObject({ at: now, cpus: 1.8 });
  const day = await history.points(id, 'day');
  expect(day).toHaveLength(36);
  expect(day.map(({ at }) => at)).toEqual(day.map((_, index) => START + (index + 1) * 5 * MINUTE));
  expect(await history.points('b'.repeat(64), 'day')).toEqual([]);

  // Another app, started later, finds what is on disk.
  const later = new StatsHistory({
    measure: () => Promise.resolve([]),
    files: new HistoryFiles(directory),
    now: () => now,
  });
  expect((await later.points(id, 'week')).map(({ at }) => at)).toEqual(
    Array.from({ length: 6 }, (_, index) => START + (index + 1) * 30 * MINUTE),
  );
});

it('survives a line that was cut off, and forgets what is old', async () => {
  const files = new HistoryFiles(directory);
  const id = 'a'.repeat(64);
  const point = { at: START, cpus: 1, memoryBytes: 2, netRx: 3, netTx: 4, blockRead: 5, blockWrite: 6 };
  await files.add(new Map([[id, point]]), START);
  await appendFile(join(directory, '2026-11-14'), `["${id.slice(0, 12)}",17`);
  expect(await files.read(id, START - MINUTE, START)).toEqual([point]);
  await writeFile(join(directory, '2026-11-01'), '');
  await files.prune(START);
  expect(await readdir(directory)).toEqual(['2026-11-14']);
});

it('finds what lies on two days', async () => {
  const files = new HistoryFiles(directory);
  const id = 'a'.repeat(64);
  const point = { at: START, cpus: 1, memoryBytes: 2, netRx: 3, netTx: 4, blockRead: 5, blockWrite: 6 };
  const late = Date.UTC(2026, 10, 14, 23, 59);
  const early = Date.UTC(2026, 10, 15, 0, 4);
  await files.add(new Map([[id, { ...point, at: late }]]), late);
  await files.add(new Map([[id, { ...point, at: early }]]), early);
  expect((await files.read(id, late - MINUTE, early)).map(({ at }) => at)).toEqual([late, early]);
});

it('is kept where state is', () => {
  expect(historyDirectory({ HOME: '/home/me' })).toBe('/home/me/.local/state/berth/stats');
  expect(historyDirectory({ XDG_STATE_HOME: '/s' })).toBe('/s/berth/stats');
});
