import { expect, it } from 'vitest';
import type { LogMatch } from '../../../runtime/contract/log-search.ts';
import { logPathAt, placeOf } from './log-path.ts';
import { blocksOf, timesOf, withMessages, type FoundState } from './log-search.ts';

const empty: FoundState = { phase: 'searching', error: null, logs: [], kept: 0 };
const match = (text: string): LogMatch => ({
  time: 'T',
  nth: 0,
  stderr: false,
  text,
  at: [0, 1],
  before: [],
  after: [],
  joined: false,
});

it('has the newest match first, and of each log as many as are kept', () => {
  const { logs } = withMessages(empty, [
    { kind: 'sources', kept: 3, sources: [{ id: 'a', name: 'web', removed: false }] },
    { kind: 'found', id: 'a', matches: [match('1'), match('2')] },
    { kind: 'found', id: 'a', matches: [match('3'), match('4')] },
    { kind: 'found', id: 'gone', matches: [match('5')] },
    { kind: 'progress', progress: [{ id: 'a', state: 'done', lines: 9, found: 4, error: '' }] },
  ]);
  expect(logs).toHaveLength(1);
  expect(logs[0]?.matches.map(({ text }) => text)).toEqual(['4', '3', '2']);
  expect(logs[0]?.progress?.found).toBe(4);
});

it('puts matches without a gap together, in the order of the log', () => {
  const joined = (text: string): LogMatch => ({ ...match(text), joined: true });
  const blocks = blocksOf([joined('6'), match('5'), match('4'), joined('3'), joined('2')]);
  expect(blocks.map((block) => block.map(({ text }) => text))).toEqual([['5', '6'], ['4'], ['2', '3']]);
  expect(blocksOf([])).toEqual([]);
  // Many are cut, in the same places when more come.
  const many = (count: number) => Array.from({ length: count }, (_, at) => joined(String(count - at)));
  expect(blocksOf(many(25)).map((block) => [block[0]?.text, block.length])).toEqual([
    ['21', 5],
    ['11', 10],
    ['1', 10],
  ]);
  expect(blocksOf(many(26))[1]).toEqual(blocksOf(many(25))[1]);
});

it('says times as the engine takes them', () => {
  expect(timesOf('any', '', '', 0)).toEqual({});
  expect(timesOf('hour', '', '', 7_200_500)).toEqual({ since: '3600' });
  expect(timesOf('custom', '', 'no date', 0)).toEqual({});
  expect(timesOf('custom', '1970-01-01T00:01Z', '1970-01-01T00:02Z', 0)).toEqual({ since: '60', until: '120' });
});

it('leads to one of several lines of one time', () => {
  expect(logPathAt('web', { time: 'T1Z', nth: 0 })).toBe('/containers/web/logs/T1Z');
  for (const place of [
    { time: 'T1Z', nth: 0 },
    { time: 'T1Z', nth: 3 },
  ])
    expect(placeOf(logPathAt('web', place).split('/').at(-1) ?? '')).toEqual(place);
});
