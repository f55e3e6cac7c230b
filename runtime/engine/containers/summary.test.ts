import { describe, expect, it } from 'vitest';
import { commandText, humanDuration, statusText } from './summary.ts';
import { INITIAL_STATE } from './types.ts';

describe('humanDuration', () => {
  it.each([
    [0, 'Less than a second'],
    [1, '1 second'],
    [59, '59 seconds'],
    [60, 'About a minute'],
    [119, 'About a minute'],
    [120, '2 minutes'],
    [3600, 'About an hour'],
    [3 * 3600, '3 hours'],
    [47 * 3600, '47 hours'],
    [48 * 3600, '2 days'],
    [14 * 86_400, '2 weeks'],
    [70 * 86_400, '2 months'],
    [800 * 86_400, '2 years'],
  ])('%i s is "%s"', (seconds, words) => {
    expect(humanDuration(seconds)).toBe(words);
  });
});

it('shows a command as docker ps does', () => {
  expect(commandText(['sh', '-c', 'echo a', 'b'])).toBe("sh -c 'echo a' b");
  expect(commandText(['/my program', ''])).toBe('/my program ');
});

describe('statusText', () => {
  const now = Date.parse('2026-01-01T01:00:00Z');
  it.each([
    [{ status: 'created' }, 'Created'],
    [{ status: 'running', startedAt: '2026-01-01T00:55:00Z' }, 'Up 5 minutes'],
    [{ status: 'paused', startedAt: '2026-01-01T00:55:00Z' }, 'Up 5 minutes (Paused)'],
    [{ status: 'exited', exitCode: 3, finishedAt: '2026-01-01T00:59:30Z' }, 'Exited (3) 30 seconds ago'],
    [{ status: 'restarting', exitCode: 1, finishedAt: '2026-01-01T00:59:58Z' }, 'Restarting (1) 2 seconds ago'],
  ] as const)('%o', (state, words) => {
    expect(statusText({ ...INITIAL_STATE, ...state }, now)).toBe(words);
  });
});
