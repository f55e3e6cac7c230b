import { expect, it } from 'vitest';
import { signalNumber } from './signals.ts';

it.each([
  ['9', 9],
  ['KILL', 9],
  ['sigterm', 15],
  ['SIGRTMIN', 34],
  ['RTMIN+3', 37],
  ['RTMAX-1', 63],
  ['0', null],
  ['65', null],
  ['SIGNOPE', null],
  ['RTMIN+99', null],
  ['', null],
])('%s is signal %s', (text, number) => {
  expect(signalNumber(text)).toBe(number);
});
