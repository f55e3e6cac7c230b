import { describe, expect, it } from 'vitest';
import { retried } from './retried.ts';

describe('parts of the page', () => {
  it('are asked for again after a moment', async () => {
    let calls = 0;
    const load = retried(() => {
      calls += 1;
      return calls < 3 ? Promise.reject(new Error('network changed')) : Promise.resolve('part');
    });
    expect(await load()).toBe('part');
    expect(calls).toBe(3);
  });

  it('fail when they cannot be had', async () => {
    await expect(retried(() => Promise.reject(new Error('gone')))()).rejects.toThrow('gone');
  });
});
