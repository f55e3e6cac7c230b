import { expect, it } from 'vitest';
import { AlertScanner } from './alert-scanner.ts';

it('tells of each rule how many lines it means, by words and by level', () => {
  const scanner = new AlertScanner(
    [
      { pattern: 'slow', regex: false, level: 'any' },
      { pattern: '', regex: false, level: 'error' },
      { pattern: '^\\d+$', regex: true, level: 'any' },
    ],
    () => {},
  );
  const bytes = new TextEncoder().encode(
    '\x01T1 a slow one\n\x01T2 ERROR it is Slow\n\x02T3   at x\n\x01T4 INFO fine\n',
  );
  const hits = scanner.push(bytes).map(({ rule, count, line, at }) => [rule, count, line.time, at]);
  expect(hits).toEqual([
    [0, 2, 'T2', [12, 16]],
    [1, 2, 'T3', [0, 0]],
  ]);
  expect(scanner.last).toBe('T4');
});
