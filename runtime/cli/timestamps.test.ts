import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { localStamp, timestamp } from './timestamps.ts';

describe('times of the command line', () => {
  const zone = process.env['TZ'];
  beforeEach(() => {
    process.env['TZ'] = 'Asia/Kolkata'; // +05:30
    vi.setSystemTime(new Date('2024-03-01T12:00:00Z'));
  });
  afterEach(() => {
    vi.useRealTimers();
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it.each([
    ['1709294400', '1709294400'],
    ['1709294400.5', '1709294400.5'],
    ['2024-03-01T12:00:00Z', '1709294400.000000000'],
    ['2024-03-01T12:00:00.25+01:00', '1709290800.250000000'],
    ['2024-03-01T17:30', '1709294400.000000000'],
    ['2024-03-01', '1709231400.000000000'],
  ])('reads %s', (text, seconds) => {
    expect(timestamp(text)).toBe(seconds);
  });

  it('takes a duration from now, and refuses what is no time', () => {
    expect(timestamp('1h30m')).toMatch(/^1709289\d{3}\.\d{9}$/);
    expect(timestamp(undefined)).toBeUndefined();
    expect(() => timestamp('2024-03-01 12:00')).toThrow('failed to parse value as time or duration');
    expect(() => timestamp('yesterday')).toThrow('failed to parse value as time or duration');
  });

  it('prints in the zone of this machine', () => {
    expect(localStamp(1709294400_000000001n)).toBe('2024-03-01T17:30:00.000000001+05:30');
  });
});
