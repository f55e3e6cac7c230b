import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DateSetting } from '../../common/date-setting.ts';
import { createLogger } from '../../common/logger.ts';
import { nowNanoseconds, rfc3339 } from '../../common/time.ts';
import type { Supervised } from '../launcher/interface.ts';
import { EventBus, type EngineEvent } from '../system/events.ts';
import { EventStore, EVENT_SCHEMA } from '../system/event-store.ts';
import { openDatabase } from '../store/database.ts';
import type { ExecSession } from './exec.ts';
import { ContainerHandle } from './handle.ts';
import { HealthMonitor } from './health-monitor.ts';
import type { ContainerNetworking } from './networking.ts';
import { isOfLaterRun } from './recovery.ts';
import { ContainerRegistry } from './registry.ts';
import { CONTAINER_SCHEMA, ContainerRepository } from './repository.ts';
import { restartDelay } from './restart-policy.ts';
import { statusText } from './summary.ts';
import { ContainerTrash, type ContainerTrashParts } from './trash.ts';
import { TRASH_SCHEMA, TrashRepository } from './trash-repository.ts';
import { INITIAL_STATE, type ContainerRecord } from './types.ts';

const YEAR = 365 * 24 * 3600 * 1000;

function recordOf(id: string, config: ContainerRecord['config']): ContainerRecord {
  return {
    id,
    name: `container-${id}`,
    created: '',
    imageId: '',
    imageName: '',
    config,
    hostConfig: {},
    args: [],
    mounts: [],
    root: 'overlay',
    state: INITIAL_STATE,
  };
}

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
    const record = recordOf('a'.repeat(64), {
      Healthcheck: { Test: ['CMD', 'false'], Interval: 1e9, StartInterval: 1e9, StartPeriod: 60e9, Retries: 2 },
    });
    const state = { ...INITIAL_STATE, status: 'running', startedAt: rfc3339(nowNanoseconds()) } as const;
    const handle = new ContainerHandle({ ...record, state });
    handle.supervised = {} as Supervised;
    let probes = 0;
    const monitor = new HealthMonitor({
      execs: {
        create: () =>
          Promise.resolve({ exited: Promise.resolve({ exitCode: 1 }), supervised: null } as unknown as ExecSession),
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

  it.each([
    ['ahead', YEAR],
    ['back', -YEAR],
  ])('%s neither empties the trash nor keeps what is in it, which goes after seven days', async (_, jump) => {
    const database = openDatabase(':memory:', [CONTAINER_SCHEMA, TRASH_SCHEMA]);
    const containers = new ContainerRepository(database);
    const parts: ContainerTrashParts = {
      dataRoot: '/nowhere',
      repository: new TrashRepository(database, containers),
      registry: new ContainerRegistry(),
      lifecycle: {
        takeAway: (_handle, _force, keep) => {
          keep();
          return Promise.resolve();
        },
      },
      networking: { attachments: () => [] } as Pick<ContainerNetworking, 'attachments'> as ContainerNetworking,
      volumes: { create: () => Promise.reject(new Error('no volumes')) },
      launcher: { removeTree: () => Promise.resolve() },
      events: new EventBus(),
      logger: createLogger('fatal'),
      collectImages: () => Promise.resolve(),
      hasNetwork: () => false,
      date: new DateSetting(() => performance.now() / 1000),
    };
    const put = async (letter: string): Promise<void> => {
      const handle = new ContainerHandle(recordOf(letter.repeat(64), {}));
      containers.insert(handle.record);
      await trash.put(handle, false);
    };
    const names = (of: ContainerTrash): string[] => of.list().map(({ record }) => record.id.slice(0, 1));
    const trash = new ContainerTrash(parts);
    trash.start();
    const hour = 3600 * 1000;
    await put('a');
    await vi.advanceTimersByTimeAsync(24 * hour);
    vi.setSystemTime(Date.now() + jump);
    await put('b');
    await vi.advanceTimersByTimeAsync(6 * 24 * hour - hour);
    expect(names(trash)).toEqual(['b', 'a']);
    await vi.advanceTimersByTimeAsync(2 * hour);
    expect(names(trash)).toEqual(['b']);
    trash.close();
    // A new engine goes by what was written down.
    const next = new ContainerTrash({ ...parts, repository: new TrashRepository(database, containers) });
    next.start();
    expect(names(next)).toEqual(['b']);
    await vi.advanceTimersByTimeAsync(23 * hour);
    expect(names(next)).toEqual(['b']);
    await vi.advanceTimersByTimeAsync(2 * hour);
    expect(names(next)).toEqual([]);
    next.close();
    database.close();
  });

  it('shows no time that is not there', () => {
    const state = { ...INITIAL_STATE, status: 'running', startedAt: rfc3339(nowNanoseconds()) } as const;
    expect(statusText(state, Date.now() - YEAR)).toBe('Up Less than a second');
  });
});
