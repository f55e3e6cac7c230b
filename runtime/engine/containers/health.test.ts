import { describe, expect, it } from 'vitest';
import {
  afterProbe,
  checkHealthcheck,
  healthSettings,
  INITIAL_HEALTH,
  mergeHealthcheck,
  probeDelay,
  type HealthState,
} from './health.ts';

const settings = {
  command: ['true'],
  interval: 1000,
  timeout: 1000,
  retries: 2,
  startPeriod: 5000,
  startInterval: 100,
};
const result = (ExitCode: number): { Start: string; End: string; ExitCode: number; Output: string } => ({
  Start: '',
  End: '',
  ExitCode,
  Output: '',
});

describe('health check', () => {
  it('has the defaults of Docker, and runs CMD-SHELL in the shell of the image', () => {
    expect(healthSettings({ Healthcheck: { Test: ['CMD', 'a', 'b'] } })).toEqual({
      command: ['a', 'b'],
      interval: 30_000,
      timeout: 30_000,
      retries: 3,
      startPeriod: 0,
      startInterval: 5000,
    });
    expect(healthSettings({ Healthcheck: { Test: ['CMD-SHELL', 'a && b'] } })?.command).toEqual([
      '/bin/sh',
      '-c',
      'a && b',
    ]);
    expect(healthSettings({ Healthcheck: { Test: ['CMD-SHELL', 'x'] }, Shell: ['/bin/ash', '-c'] })?.command).toEqual([
      '/bin/ash',
      '-c',
      'x',
    ]);
    for (const Test of [['NONE'], []]) expect(healthSettings({ Healthcheck: { Test } })).toBeNull();
    expect(healthSettings({})).toBeNull();
  });

  it('takes from the image what is left open', () => {
    const image = { Test: ['CMD', 'x'], Interval: 5e9, Retries: 7 };
    expect(mergeHealthcheck(null, image)).toEqual(image);
    expect(mergeHealthcheck({ Interval: 1e9, Retries: 0 }, image)).toEqual({ ...image, Interval: 1e9 });
    expect(mergeHealthcheck({ Test: ['CMD', 'y'], Timeout: null, Retries: 0 }, null)).toEqual({ Test: ['CMD', 'y'] });
    expect(mergeHealthcheck({ Test: ['NONE'] }, image)?.Test).toEqual(['NONE']);
  });

  it('is unhealthy after as many failures in a row as asked, and healthy after one success', () => {
    const late = 10_000;
    const once = afterProbe(INITIAL_HEALTH, result(1), settings, late);
    expect(once).toMatchObject({ status: 'starting', failingStreak: 1 });
    const twice = afterProbe(once, result(-1), settings, late);
    expect(twice).toMatchObject({ status: 'unhealthy', failingStreak: 2 });
    expect(afterProbe(twice, result(0), settings, late)).toMatchObject({ status: 'healthy', failingStreak: 0 });
  });

  it('does not count failures while it starts, and looks more often then', () => {
    expect(afterProbe(INITIAL_HEALTH, result(1), settings, 100)).toMatchObject({
      status: 'starting',
      failingStreak: 0,
    });
    expect(probeDelay(INITIAL_HEALTH, settings, 100)).toBe(100);
    expect(probeDelay(INITIAL_HEALTH, settings, 6000)).toBe(1000);
    expect(probeDelay({ ...INITIAL_HEALTH, status: 'healthy' }, settings, 100)).toBe(1000);
  });

  it('keeps the last five results', () => {
    let state: HealthState = INITIAL_HEALTH;
    for (let code = 1; code <= 7; code += 1) state = afterProbe(state, result(code), settings, 10_000);
    expect(state.log.map(({ ExitCode }) => ExitCode)).toEqual([3, 4, 5, 6, 7]);
  });

  it('refuses times below a millisecond', () => {
    expect(() => {
      checkHealthcheck({ Interval: 10 });
    }).toThrow('Interval in Healthcheck cannot be less than 1ms');
    expect(() => {
      checkHealthcheck({ Retries: -1 });
    }).toThrow('cannot be negative');
  });
});
