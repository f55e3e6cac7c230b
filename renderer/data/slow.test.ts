import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { slowly } from './slow.ts';
import { useToasts } from './toasts.ts';

const toasts = () => useToasts.getState().toasts;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('says nothing of what is over soon', async () => {
  await expect(slowly('Clean up', () => Promise.resolve(7))).resolves.toBe(7);
  vi.advanceTimersByTime(5000);
  expect(toasts()).toEqual([]);
});

it('shows what takes a while until it is over, with a way to end it where there is one', async () => {
  let signal: AbortSignal | undefined;
  const work = slowly('Clean up', async (given) => {
    signal = given;
    await new Promise((_, reject) => {
      given.addEventListener('abort', () => {
        reject(new Error('ended'));
      });
    });
  });
  vi.advanceTimersByTime(500);
  expect(toasts()).toMatchObject([{ tone: 'busy', title: 'Clean up', lifetimeMs: null }]);
  toasts()[0]?.actions[0]?.run();
  expect(signal?.aborted).toBe(true);
  await expect(work).rejects.toThrow('ended');
  expect(toasts()).toEqual([]);

  let end: () => void = () => {};
  const other = slowly(
    'Go back',
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    { canEnd: false },
  );
  vi.advanceTimersByTime(500);
  expect(toasts()).toMatchObject([{ title: 'Go back', actions: [] }]);
  end();
  await other;
  expect(toasts()).toEqual([]);
});
