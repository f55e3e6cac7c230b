import { describe, expect, it } from 'vitest';
import type { WorkItem } from '../contract/works.ts';
import { BridgeError } from '../rpc/error.ts';
import { WorkService, type WorkChannel, type WorkRuns } from './works.ts';

const PAGE = 'a0000000-0000-4000-8000-000000000000';
const A = 'a1111111-1111-4111-8111-111111111111';

/** Work that does what it is told. */
function setUp(keepMs?: number) {
  const pulls: { readonly channel: WorkChannel<WorkItem>; resolve(): void; reject(error: Error): void }[] = [];
  const pull = (_: unknown, channel: WorkChannel<WorkItem>): Promise<void> =>
    new Promise((resolve, reject) => {
      pulls.push({ channel, resolve, reject });
      channel.signal.addEventListener('abort', () => {
        reject(new Error('aborted'));
      });
    });
  const service = new WorkService({ pull, compose: pull } as unknown as WorkRuns, keepMs);
  const start = (kind: 'pull' | 'compose' = 'pull') => {
    const request =
      kind === 'pull'
        ? { kind, reference: 'alpine' }
        : { kind, project: { name: 'shop' }, action: 'up' as const, services: [] };
    service.start({ id: A, page: PAGE, request });
    const work = pulls.at(-1);
    if (work === undefined) throw new Error('nothing was begun');
    return work;
  };
  return { service, start };
}

/** A page that watches. */
function viewer() {
  const controller = new AbortController();
  const items: unknown[] = [];
  return {
    items,
    leave: () => {
      controller.abort();
    },
    channel: {
      signal: controller.signal,
      item: (item: unknown) => {
        items.push(item);
        return Promise.resolve();
      },
    },
  };
}

const listed = async (service: WorkService) => {
  const page = viewer();
  const following = service.follow(page.channel);
  page.leave();
  await following;
  return (page.items[0] as { works: { id: string; watched: boolean; starter: string }[] }).works;
};

const progress = (status: string) => ({ layers: [], status });
const step = (object: string, status: string) => ({ object, status, state: 'working' as const });

describe('long work', () => {
  it('goes on when its page goes, and another sees how far it is and how it ends', async () => {
    const { service, start } = setUp();
    const work = start();
    const first = viewer();
    const seen = service.join(A, first.channel);
    await work.channel.item(progress('one'));
    await work.channel.item(progress('two'));
    first.leave();
    await seen;
    expect(work.channel.signal.aborted).toBe(false);
    expect(await listed(service)).toMatchObject([{ id: A, watched: false, starter: PAGE }]);
    const second = viewer();
    const joined = service.join(A, second.channel);
    await Promise.resolve();
    expect(second.items).toEqual([progress('two')]);
    await work.channel.item(progress('three'));
    work.resolve();
    await joined;
    expect(second.items.at(-1)).toEqual(progress('three'));
    // One that was about to go as it was told may not know.
    expect(await listed(service)).toMatchObject([{ id: A, watched: false }]);
    service.heard(A);
    expect(await listed(service)).toEqual([]);
  });

  it('tells whoever comes the latest of each of its things, in the order in which they came', async () => {
    const { service, start } = setUp();
    const work = start('compose');
    for (const item of [step('a', 'Creating'), step('b', 'Creating'), step('a', 'Created')])
      await work.channel.item(item);
    const page = viewer();
    const joined = service.join(A, page.channel);
    work.resolve();
    await joined;
    expect(page.items).toEqual([step('b', 'Creating'), step('a', 'Created')]);
  });

  it('that failed while nobody watched is told of to the page that comes next, until one has heard it', async () => {
    const { service, start } = setUp();
    const work = start();
    work.reject(new BridgeError('not-found', 'No such image.'));
    await new Promise((resolve) => setTimeout(resolve));
    expect(await listed(service)).toMatchObject([{ id: A, watched: false }]);
    await expect(service.join(A, viewer().channel)).rejects.toMatchObject({ message: 'No such image.' });
    service.heard(A);
    expect(await listed(service)).toEqual([]);
    await expect(service.join(A, viewer().channel)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is forgotten when nobody comes to hear how it ended', async () => {
    const { service, start } = setUp(1);
    start().resolve();
    await expect.poll(() => listed(service)).toEqual([]);
  });

  it('is cancelled by any page, for all of them', async () => {
    const { service, start } = setUp();
    const work = start();
    const watching = [viewer(), viewer()].map((page) => service.join(A, page.channel));
    service.cancel(A);
    expect(work.channel.signal.aborted).toBe(true);
    for (const one of watching) await expect(one).rejects.toMatchObject({ code: 'cancelled' });
    expect(await listed(service)).toEqual([]);
    // One that has ended is as good.
    service.cancel(A);
  });

  it('waits for no page that is slow, which gets the latest when it can take it', async () => {
    const { service, start } = setUp();
    const work = start();
    const page = viewer();
    let take: () => void = () => {};
    const slow = {
      ...page.channel,
      item: async (item: unknown) => {
        page.items.push(item);
        await new Promise<void>((resolve) => {
          take = resolve;
        });
      },
    };
    const joined = service.join(A, slow);
    for (let n = 0; n < 1000; n += 1) await work.channel.item(progress(String(n)));
    expect(page.items).toEqual([progress('0')]);
    take();
    await expect.poll(() => page.items).toEqual([progress('0'), progress('999')]);
    work.resolve();
    take();
    await joined;
  });

  it('is told of as it begins, and not begun twice', async () => {
    const { service, start } = setUp();
    const page = viewer();
    const following = service.follow(page.channel);
    start();
    expect(() => start()).toThrow('This work goes on already.');
    await expect.poll(() => page.items.at(-1)).toMatchObject({ kind: 'begun', work: { id: A, watched: true } });
    page.leave();
    await following;
    service.dispose();
  });
});
