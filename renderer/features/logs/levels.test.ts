import { describe, expect, it } from 'vitest';
import { LogBuffer } from '../../ui/log/log-buffer.ts';
import { ALL_LEVELS, LevelFilter, levelOf, toggled } from './levels.ts';

describe('levelOf', () => {
  it.each([
    ['2026-01-01 WARN slow', 'warn'],
    ['level=error msg="x"', 'error'],
    ['{"level":"debug","msg":"x"}', 'debug'],
    ['\x1b[31mERROR\x1b[0m broken', 'error'],
    ['[FATAL] gone', 'error'],
    ['an error of judgement', 'info'],
    ['GET /', 'info'],
  ])('%s', (text, level) => {
    expect(levelOf(text)).toBe(level);
  });

  it('keeps the lines of a stack trace with what they belong to', () => {
    expect(levelOf('    at run (main.js:3)', 'error')).toBe('error');
    expect(levelOf('  INFO of its own', 'error')).toBe('info');
    expect(levelOf('next', 'error')).toBe('info');
  });
});

it('shows one level alone at the first press, and all again after the last', () => {
  const errors = toggled(ALL_LEVELS, 'error');
  expect([...errors]).toEqual(['error']);
  expect([...toggled(errors, 'warn')]).toEqual(['error', 'warn']);
  expect(toggled(errors, 'error').size).toBe(0);
});

it('takes the lines of the chosen levels over, also those that come later', () => {
  const source = new LogBuffer();
  const shown = new LogBuffer();
  const push = (lines: string[]) => {
    source.push(new TextEncoder().encode(lines.map((line) => `\x012026-01-01T00:00:00Z ${line}\n`).join('')));
  };
  const filter = new LevelFilter(source, shown, new Set(['error']));
  push(['ok', 'ERROR broken', '  at x', 'ok']);
  expect(filter.advance()).toBe(false);
  push(['ERROR again']);
  filter.advance();
  expect([...shown.export(false)]).toEqual(['ERROR broken\n', '  at x\n', 'ERROR again\n']);
});
