import { describe, expect, it } from 'vitest';
import { columnsFor } from './top-columns.ts';

const titles = (text: string): string =>
  columnsFor(text)
    .map(({ title }) => title)
    .join(' ');

describe('columns of docker top', () => {
  it.each([
    ['', 'UID PID PPID C STIME TTY TIME CMD'],
    ['-ef', 'UID PID PPID C STIME TTY TIME CMD'],
    ['aux', 'USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND'],
    ['-aux', 'USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND'],
    ['ax', 'PID TTY STAT TIME COMMAND'],
    ['-e', 'PID TTY TIME CMD'],
    ['-o pid,comm', 'PID COMMAND'],
    ['-eo pid,ppid=PARENT', 'PID PARENT'],
    ['axo pid,%cpu', 'PID %CPU'],
    ['-o pid -o rss', 'PID RSS'],
    ['-opid,user', 'PID USER'],
  ])('%j are %j', (text, expected) => {
    expect(titles(text)).toBe(expected);
  });

  it.each(['-Z', '-o pid,nonsense', '-o', '--forest'])('%j is refused', (text) => {
    expect(() => titles(text)).toThrow('not supported');
  });
});
