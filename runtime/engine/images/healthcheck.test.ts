import { describe, expect, it } from 'vitest';
import { healthcheckOf } from './healthcheck.ts';

describe('healthcheckOf', () => {
  it.each([
    ['NONE', { Test: ['NONE'] }],
    ['CMD true', { Test: ['CMD-SHELL', 'true'] }],
    ['cmd ["a", "b c"]', { Test: ['CMD', 'a', 'b c'] }],
    [
      '--interval=1m30s --timeout=250ms --start-period=1.5s --start-interval=2s --retries=4 CMD curl -f http://x || exit 1',
      {
        Test: ['CMD-SHELL', 'curl -f http://x || exit 1'],
        Interval: 90_000_000_000,
        Timeout: 250_000_000,
        StartPeriod: 1_500_000_000,
        StartInterval: 2_000_000_000,
        Retries: 4,
      },
    ],
  ])('reads %j', (text, expected) => {
    expect(healthcheckOf(text)).toEqual(expected);
  });

  it.each(['CMD', 'NONE x', 'RUN true', '--interval=soon CMD x', '--colour=red CMD x', '--retries=-1 CMD x', ''])(
    'refuses %j',
    (text) => {
      expect(() => healthcheckOf(text)).toThrow();
    },
  );
});
