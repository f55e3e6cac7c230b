import { expect, it } from 'vitest';
import { filterPattern, goPattern } from './go-pattern.ts';

it.each([
  ['web', 'my-web-1', true],
  ['web', 'wbe', false],
  ['^web$', 'my-web', false],
  ['^/web$', '/web', true],
  ['^(?i)WEB', 'web1', true],
  ['w.b', 'web', true],
  [String.raw`\d+$`, 'web12', true],
  ['[[:upper:]]', 'web', false],
  ['', 'anything', true],
])('finds %s in %s as Go does: %s', async (pattern, text, found) => {
  expect((await goPattern(pattern))?.test(text)).toBe(found);
});

it('knows what is no pattern of Go', async () => {
  for (const text of ['(', '[', '*', 'a(?=b)', String.raw`(a)\1`, '(a{1000}){1000}'])
    expect(await goPattern(text), text).toBeNull();
});

it('takes no longer for a pattern that could be read in many ways', async () => {
  const started = performance.now();
  for (const text of ['(a+)+$', '(a|a)*b$', '(.*)*x', `${'a*'.repeat(1000)}b`])
    expect((await goPattern(text))?.test(`${'a'.repeat(250)}!`), text.slice(0, 20)).toBe(false);
  expect(performance.now() - started).toBeLessThan(5000);
});

it('filters by any of the values, and by what is no pattern literally', async () => {
  const test = async (values: string[] | undefined, text: string): Promise<boolean> =>
    (await filterPattern(values)).test(text);
  expect(await test(undefined, 'x')).toBe(true);
  expect(await test([], 'x')).toBe(true);
  expect(await test(['^a$', '^b$'], 'b')).toBe(true);
  expect(await test(['('], 'x')).toBe(false);
  expect(await test(['(', '^x'], 'x')).toBe(true);
  expect(await test(['a+'], 'a+')).toBe(true);
});
