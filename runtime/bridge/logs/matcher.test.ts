import { expect, it } from 'vitest';
import { Matcher } from './matcher.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

it('searches logs side by side in a thread of its own', async () => {
  const matcher = new Matcher('a.c', false);
  const [one, two] = [matcher.open(0), matcher.open(0)];
  const answers = await Promise.all([one.scan(bytes('\x01T xA.Cx\n\x01T abc\n')), two.scan(bytes('\x01T nothing\n'))]);
  expect(answers.map(({ matches, lines }) => [matches.map(({ text }) => text), lines])).toEqual([
    [['xA.Cx'], 2],
    [[], 1],
  ]);
  matcher.close();
  await expect(one.scan(null)).rejects.toMatchObject({ code: 'cancelled' });
});

it('ends an expression that goes astray, and says why', async () => {
  const matcher = new Matcher('(a+)+b', true, 200);
  const scan = matcher.open(0);
  await expect(scan.scan(bytes(`\x01T ${'a'.repeat(60)}\n`))).rejects.toMatchObject({ code: 'timeout' });
  await expect(scan.scan(bytes('\x01T ab\n'))).rejects.toMatchObject({ code: 'timeout' });
});

it('refuses what is no regular expression', () => {
  expect(() => new Matcher('(', true)).toThrow('This is not a regular expression.');
});
