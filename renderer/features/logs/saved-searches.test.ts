import { expect, it } from 'vitest';
import { isSaved, withoutSearch, withSearch } from './saved-searches.ts';

const search = (text: string, regex = false) => ({ text, regex, range: 'any' as const });

it('keeps each search once, the latest first, and not too many', () => {
  const two = withSearch(withSearch([], search('a')), search('b'));
  expect(two.map(({ text }) => text)).toEqual(['b', 'a']);
  expect(withSearch(two, search('a')).map(({ text }) => text)).toEqual(['a', 'b']);
  expect(isSaved(two, search('a'))).toBe(true);
  expect(isSaved(two, search('a', true))).toBe(false);
  expect(withoutSearch(two, search('a')).map(({ text }) => text)).toEqual(['b']);
  const many = Array.from({ length: 40 }, (_, index) => search(String(index))).reduce(withSearch, []);
  expect([many.length, many[0]?.text]).toEqual([30, '39']);
});
