import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

const later = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

describe('Slots', () => {
  it('lets so many run at a time, first come first served, and goes on after one that failed', async () => {
    const slots = new Slots(2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const all = Array.from({ length: 6 }, (_, index) =>
      slots.run(async () => {
        order.push(index);
        running += 1;
        most = Math.max(most, running);
        await later(5);
        running -= 1;
        if (index === 1) throw new Error('one of them');
      }),
    );
    const ends = await Promise.allSettled(all);
    expect(ends.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true, true]);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(most).toBe(2);
  });

  it('gives the place of what takes too long to the next, once', async () => {
    const slots = new Slots(1, 20);
    const stuck = Promise.withResolvers<undefined>();
    const slow = slots.run(() => stuck.promise);
    await slots.run(() => Promise.resolve());
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await later(2);
      running -= 1;
    };
    const others = [slots.run(work), slots.run(work), slots.run(work)];
    stuck.resolve(undefined);
    await Promise.all([slow, ...others]);
    expect(most).toBe(1);
  });
});
