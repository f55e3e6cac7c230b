import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { plain } from './volumes.ts';

describe('an archive without its compression', () => {
  it.each([
    ['compressed', gzipSync('what is in it')],
    ['plain', Buffer.from('what is in it')],
  ])('is whole when all of it came before anybody looked: %s', async (_, bytes) => {
    const source = new PassThrough();
    source.end(bytes);
    await setImmediate();
    expect((await buffer(await plain(source))).toString()).toBe('what is in it');
  });

  it('is refused when there is nothing', async () => {
    const source = new PassThrough();
    source.end();
    await expect(plain(source)).rejects.toThrow('The file is empty.');
  });
});
