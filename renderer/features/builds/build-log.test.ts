import { expect, it } from 'vitest';
import { BuildLog } from './build-log.ts';

const nameOf = (step: string) => `stage-${step}`;
const piece = (step: string, text: string, stream: 1 | 2 = 1) => ({ step, text, stream, time: 0 });

it('puts pieces together to lines, of each step and of all', () => {
  const log = new BuildLog();
  log.push([piece('a', 'one\ntw'), piece('b', 'other\n'), piece('a', 'bad\n', 2), piece('a', 'o\nrest')], nameOf);
  log.end(nameOf);
  const lines = [0, 1, 2, 3].map((number) => log.of('a').line(number));
  expect(lines.map((line) => line?.text)).toEqual(['one', 'bad', 'two', 'rest']);
  expect(lines.map((line) => line?.stderr)).toEqual([false, true, false, false]);
  expect([...log.all.export(false)]).toEqual([
    'stage-a: one\n',
    'stage-b: other\n',
    'stage-a: bad\n',
    'stage-a: two\n',
    'stage-a: rest\n',
  ]);
  expect(log.of('none').length).toBe(0);
});
