import { expect, it } from 'vitest';
import { LogBuffer } from '../../ui/log/log-buffer.ts';
import { ALL_LEVELS } from './levels.ts';
import { MergedLog } from './merged-log.ts';
import { patternOf } from './pattern.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('merges by time, names the source, and shows what the filter lets through', () => {
  const buffer = new LogBuffer();
  const log = new MergedLog(buffer);
  const [web, db] = [log.source('web'), log.source('db')];
  web(bytes('\x012026-01-01T00:00:01Z one\n\x012026-01-01T00:00:03Z WARN thr'));
  db(bytes('\x022026-01-01T00:00:02Z two\n'));
  web(bytes('ee\n'));
  log.flush();
  const shown = () => [...buffer.export(false)].map((line) => line.trim());
  expect(shown()).toEqual(['web one', 'db  two', 'web WARN three']);
  log.setFilter({ levels: new Set(['warn']), pattern: null });
  expect(shown()).toEqual(['web WARN three']);
  log.setFilter({ levels: ALL_LEVELS, pattern: /^t/ });
  expect(shown()).toEqual(['db  two']);
});

it('takes text as text and regular expressions as such', () => {
  expect(patternOf('a.c', false)?.test('abc')).toBe(false);
  expect(patternOf('a.c', true)?.test('ABC')).toBe(true);
  expect(patternOf('(', true)).toBeUndefined();
  expect(patternOf('', true)).toBeNull();
});
