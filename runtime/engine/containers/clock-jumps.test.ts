import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { nowNanoseconds, rfc3339 } from '../../common/time.ts';
import type { Supervised } from '../launcher/interface.ts';
import { EventBus, type EngineEvent } from '../system/events.ts';
import { EventStore, EVENT_SCHEMA } from '../system/event-store.ts';
import { openDatabase } from '../store/database.ts';
import type { ExecSession } from './exec.ts';
import { ContainerHandle } from './handle.ts';
import { HealthMonitor } from './health-monitor.ts';
import { isOfLaterRun } from './recovery.ts';
import { restartDelay } from './restart-policy.ts';
import { statusText } from './summary.ts';
import { INITIAL_STATE } from './types.ts';

const YEAR = 365 * 24 * 3600 * 1000;

/** The date is set, by a year: nothing that waits or counts may take that for time that has passed. */
describe('a clock that jumps', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2030, 0, 1) });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['ahead', YEAR],
    ['back', -YEAR],
  ])('%s neither ends nor prolongs the start period of a health check', async (_, jump) => {
    const handle = new ContainerHandle({
      id: 'a'.repeat(64),
      name: 'checked',
      created: '',
      imageId: '',
      imageName: '',
      config: {
        Healthcheck: { Test: ['CMD', 'false'], Interval: 1e9, StartInterval: 1e9, StartPeriod: 60e9, Retries: 2 },
      },
      hostConfig: {},
      args: [],
      mounts: [],
      root: 'overlay',
      state: { ...INITIAL_STATE, status: 'running', startedAt: rfc3339(nowNanoseconds()) },
    });
    handle.supervised = {} as Supervised;
    let probes = 0;
    const monitor = new HealthMonitor({
      execs: {
        create: () => ({ exited: Promise.resolve({ exitCode: 1 }), supervised: null }) as unknown as ExecSession,
        start: () => {
          probes += 1;
          return Promise.resolve(new PassThrough().end());
        },
      },
      events: new EventBus(),
      logger: createLogger('fatal'),
      setState: (changed, state) => {
        changed.record = { ...changed.record, state };
      },
    });
    monitor.started(handle);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(probes).toBeGreaterThan(5);
    vi.setSystemTime(Date.now() + jump);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(handle.state.health).toMatchObject({ status: 'starting', failingStreak: 0 });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(handle.state.health?.status).toBe('unhealthy');
    monitor.ended(handle);
  });

  it('makes no exit of a later run look old', () => {
    const before = nowNanoseconds();
    vi.setSystemTime(Date.now() - YEAR);
    const state = { finishedAt: rfc3339(before) };
    expect(isOfLaterRun({ finishedAt: nowNanoseconds() }, state)).toBe(true);
    expect(isOfLaterRun({ finishedAt: before }, state)).toBe(false);
  });

  it('makes no restart wait longer than the longest, nor less than the shortest wait', () => {
    const startedAt = nowNanoseconds();
    const year = BigInt(YEAR) * 1_000_000n;
    expect(restartDelay(60_000, { startedAt, finishedAt: startedAt - year })).toBe(60_000);
    expect(restartDelay(60_000, { startedAt, finishedAt: startedAt + year })).toBe(100);
  });

  it('keeps the order of events, also across engines', () => {
    const database = openDatabase(':memory:', [EVENT_SCHEMA]);
    const store = new EventStore(database, 3);
    const events = new EventBus();
    store.follow(events);
    const told: EngineEvent[] = [];
    events.subscribe((event) => told.push(event));
    for (const [action, jump] of [
      ['start', 0],
      ['die', -YEAR],
      ['start', 2 * YEAR],
      ['stop', -YEAR],
    ] as const) {
      vi.setSystemTime(Date.now() + jump);
      events.publish('container', action, 'x');
    }
    store.flush();
    const actions = (list: readonly EngineEvent[]): string[] => list.map(({ Action }) => Action);
    expect(actions(told)).toEqual(['start', 'die', 'start', 'stop']);
    expect(actions(events.history())).toEqual(['start', 'die', 'start', 'stop']);
    expect(actions(store.load())).toEqual(['die', 'start', 'stop']);
    database.close();
  });

  it('shows no time that is not there', () => {
    const state = { ...INITIAL_STATE, status: 'running', startedAt: rfc3339(nowNanoseconds()) } as const;
    expect(statusText(state, Date.now() - YEAR)).toBe('Up Less than a second');
  });
});
