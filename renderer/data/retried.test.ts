import { describe, expect, it } from 'vitest';
import { retried } from './retried.ts';

describe('parts of the page', () => {
  it('come when they are there', async () => {
    expect(await retried(() => Promise.resolve('part'))()).toBe('part');
  });

  it('let the page begin anew when they could not be loaded', async () => {
    let reloads = 0;
    let settled = false;
    const load = retried(
      () => Promise.reject(new Error('network changed')),
      () => {
        reloads += 1;
        return Promise.resolve(true);
      },
    );
    void load().finally(() => {
      settled = true;
    });
    await expect.poll(() => reloads).toBe(1);
    expect(settled).toBe(false);
  });

  it('fail when the page has just begun anew', async () => {
    const load = retried(
      () => Promise.reject(new Error('gone')),
      () => Promise.resolve(false),
    );
    await expect(load()).rejects.toThrow('gone');
  });
});
