import { expect, it } from 'vitest';
import { LogScanner } from './log-scanner.ts';

const bytes = (...lines: readonly string[]) =>
  new TextEncoder().encode(lines.map((line, at) => `\x01T${String(at)} ${line}\n`).join(''));

it('finds lines with their neighbours, however the bytes are cut', () => {
  const log = bytes('one', 'two', 'needle A', 'four', 'needle B', 'six');
  for (const cut of [1, 7, 19, log.length]) {
    const scanner = new LogScanner(/needle/i, 1);
    const found = [];
    for (let at = 0; at < log.length; at += cut) found.push(...scanner.push(log.subarray(at, at + cut)));
    found.push(...scanner.end());
    expect(found.map(({ time, text, before, after, joined }) => [time, text, before, after, joined])).toEqual([
      ['T2', 'needle A', ['two'], ['four'], false],
      ['T4', 'needle B', [], ['six'], true],
    ]);
    expect(scanner.lines).toBe(6);
  }
});

it('gives a match at the end of a log what follows, if little, and a line without an end, too', () => {
  const scanner = new LogScanner(/x/, 2);
  expect(scanner.push(new TextEncoder().encode('\x02T0 x\n\x01T1 y\n\x01T2 xx'))).toEqual([]);
  expect(scanner.end()).toEqual([
    { time: 'T0', nth: 0, stderr: true, text: 'x', at: [0, 1], before: [], after: ['y'], joined: false },
    { time: 'T2', nth: 0, stderr: false, text: 'xx', at: [0, 1], before: [], after: [], joined: true },
  ]);
});

it.each([
  ['x x', ['|x|', '+|x|']],
  ['a x b x c', ['a|x|b', '+|x|c']],
  ['x a b x', ['|x|a', '+b|x|']],
  ['x a b c x', ['|x|a', 'c|x|']],
  ['x a b c d x x', ['|x|a', 'd|x|', '+|x|']],
])('shows a line around matches once, and says where none is left out: %s', (log, shown) => {
  const scanner = new LogScanner(/x/, 1);
  const found = [...scanner.push(bytes(...log.split(' '))), ...scanner.end()];
  expect(
    found.map(
      ({ before, text, after, joined }) => `${joined ? '+' : ''}${before.join(' ')}|${text}|${after.join(' ')}`,
    ),
  ).toEqual(shown);
});

it('joins nothing where no lines around are asked for', () => {
  expect(new LogScanner(/x/, 0).push(bytes('x', 'x')).map(({ joined }) => joined)).toEqual([false, false]);
});

it('looks at what is shown: no colours, and of a progress bar what was drawn last', () => {
  const scanner = new LogScanner(/red|99%/, 0);
  const found = scanner.push(bytes('\x1b[31mre\x1b[0md', '99%\r100%', '98%\r99%\r'));
  expect(found.map(({ text, at }) => [text, at])).toEqual([
    ['red', [0, 3]],
    ['99%', [0, 3]],
  ]);
});

it('numbers lines that were written at once, and so have one time', () => {
  const scanner = new LogScanner(/x/, 0);
  const found = scanner.push(new TextEncoder().encode('\x01T1 x\n\x01T2 a\n\x01T2 x\n\x02T2 x\n'));
  expect(found.map(({ time, nth }) => [time, nth])).toEqual([
    ['T1', 0],
    ['T2', 1],
    ['T2', 2],
  ]);
});
