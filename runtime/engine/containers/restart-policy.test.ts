import { describe, expect, it } from 'vitest';
import { restartDelay, restartsAfterExit, restartsAtBoot } from './restart-policy.ts';
import { INITIAL_STATE, type ContainerRecord, type ContainerState } from './types.ts';

const record = (Name: string, state: Partial<ContainerState> = {}, MaximumRetryCount = 0): ContainerRecord => ({
  id: 'x',
  name: 'x',
  created: '',
  imageId: '',
  imageName: '',
  config: {},
  hostConfig: { RestartPolicy: { Name, MaximumRetryCount } },
  args: [],
  mounts: [],
  root: 'overlay',
  state: { ...INITIAL_STATE, ...state },
});

describe('restart policy', () => {
  it('doubles its wait from 100 ms to a minute, and begins anew after 10 s of running', () => {
    const short = { startedAt: 0n, finishedAt: 1n };
    const waits: number[] = [];
    for (let wait = 0; waits.length < 12; waits.push(wait)) wait = restartDelay(wait, short);
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
    expect(restartDelay(60_000, { startedAt: 0n, finishedAt: 10_000_000_000n })).toBe(100);
  });

  it('looks at exit code and count after an exit', () => {
    expect(restartsAfterExit(record('no', { exitCode: 1 }))).toBe(false);
    expect(restartsAfterExit(record('always'))).toBe(true);
    expect(restartsAfterExit(record('on-failure'))).toBe(false);
    expect(restartsAfterExit(record('on-failure', { exitCode: 1, restartCount: 99 }))).toBe(true);
    expect(restartsAfterExit(record('on-failure', { exitCode: 1, restartCount: 2 }, 3))).toBe(true);
    expect(restartsAfterExit(record('on-failure', { exitCode: 1, restartCount: 3 }, 3))).toBe(false);
  });

  it.each([
    ['always', false, true, true],
    ['always', true, true, true],
    ['unless-stopped', false, true, true],
    ['unless-stopped', true, true, false],
    ['on-failure', false, true, true],
    ['on-failure', true, true, false],
    ['on-failure', false, false, false],
    ['no', false, true, false],
  ])(
    '%s, stopped by a person: %s, running before: %s -> %s at the start of the engine',
    (name, stopped, ran, expected) => {
      expect(restartsAtBoot(record(name, { manuallyStopped: stopped, exitCode: 1 }), ran, true)).toBe(expected);
      expect(restartsAtBoot(record(name, { exitCode: 1 }), ran, false)).toBe(false);
    },
  );
});
