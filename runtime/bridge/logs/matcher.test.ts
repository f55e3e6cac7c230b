import { expect, it } from 'vitest';
import { Matcher } from './matcher.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('searches logs side by side in a thread of its own', async () => {
  const matcher = new Matcher();
  const [one, two] = [matcher.search('a.c', false, 0), matcher.search('a.c', false, 0)];
  const answers = await Promise.all([one.scan(bytes('\x01T xA.Cx\n\x01T abc\n')), two.scan(bytes('\x01T nothing\n'))]);
  expect(answers.map(({ matches, lines }) => [matches.map(({ text }) => text), lines])).toEqual([
    [['xA.Cx'], 2],
    [[], 1],
  ]);
  matcher.close();
  await expect(one.scan(null)).rejects.toMatchObject({ code: 'cancelled' });
});

it('ends an expression that goes astray, and says why', async () => {
  const matcher = new Matcher(1500);
  const scan = matcher.search('(a+)+b', true, 0);
  await expect(scan.scan(bytes(`\x01T ${'a'.repeat(60)}\n`))).rejects.toMatchObject({ code: 'timeout' });
  await expect(scan.scan(bytes('\x01T ab\n'))).rejects.toMatchObject({ code: 'timeout' });
});

it('refuses what is no regular expression', () => {
  const matcher = new Matcher();
  expect(() => matcher.search('(', true, 0)).toThrow('This is not a regular expression.');
});

it('tells which of several rules went astray', async () => {
  const matcher = new Matcher(1500);
  const rule = { regex: true, level: 'any' } as const;
  const watch = matcher.watch([
    { ...rule, pattern: 'b' },
    { ...rule, pattern: '(a+)+b' },
  ]);
  const first = await watch.scan(bytes('\x01T b\n\x02T bb\n'));
  expect(first.hits.map(({ rule: place, count, line }) => [place, count, line.text])).toEqual([[0, 2, 'bb']]);
  await expect(watch.scan(bytes(`\x01T ${'a'.repeat(60)}\n`))).rejects.toMatchObject({ code: 'timeout' });
  expect(matcher.astray).toEqual({ scan: watch, rule: 1 });
});
