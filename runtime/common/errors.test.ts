import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { messageOf } from './errors.ts';

const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('messageOf', () => {
  it.each([
    [new Error('plain'), 'plain'],
    ['text', 'text'],
    [thrownBy(() => readFileSync('/none/x')), 'open /none/x: no such file or directory'],
    [thrownBy(() => mkdirSync('/proc/x')), 'mkdir /proc/x: no such file or directory'],
    [
      thrownBy(() => {
        renameSync('/none/a', '/none/b');
      }),
      'rename /none/a /none/b: no such file or directory',
    ],
    [new Error('ENOSPC: no space left on device, write'), 'write: no space left on device'],
    [new Error('connect ECONNREFUSED 127.0.0.1:1'), 'connect ECONNREFUSED 127.0.0.1:1'],
    [new Error('E: this, that'), 'E: this, that'],
  ])('of %s', (error, sentence) => {
    expect(messageOf(error)).toBe(sentence);
  });
});
