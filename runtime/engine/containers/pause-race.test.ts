import { describe, expect, it, vi } from 'vitest';
import type { ImageStore } from '../images/image-store.ts';
import type { Supervised } from '../launcher/interface.ts';
import type { EventBus } from '../system/events.ts';
import { ContainerCommit, type CommitRequest } from './commit.ts';
import type { ContainerContent } from './container-content.ts';
import { ContainerHandle } from './handle.ts';
import { Lifecycle, type LifecycleParts } from './lifecycle.ts';
import { INITIAL_STATE, type ContainerRecord, type ContainerStatus } from './types.ts';

const REQUEST: CommitRequest = {
  repository: '',
  tag: '',
  comment: '',
  author: '',
  pause: true,
  changes: [],
  config: null,
  signal: new AbortController().signal,
};

/** A container whose process ends while the launcher freezes or continues it. */
function dying(status: ContainerStatus): { handle: ContainerHandle; lifecycle: Lifecycle; publish: () => void } {
  const handle = new ContainerHandle({
    id: 'c',
    name: 'c',
    config: {},
    args: [],
    state: { ...INITIAL_STATE, status },
  } as unknown as ContainerRecord);
  const end = (): Promise<void> => {
    handle.supervised = null;
    handle.record = { ...handle.record, state: { ...handle.state, status: 'exited' } };
    return Promise.resolve();
  };
  handle.supervised = { pause: end, resume: end } as Partial<Supervised> as Supervised;
  const publish = vi.fn();
  const parts = { events: { publish }, repository: { setState: vi.fn() } };
  return { handle, lifecycle: new Lifecycle(parts as unknown as LifecycleParts), publish };
}

describe('a container that ends while it is paused or continued', () => {
  it.each([
    ['running', 'pause'],
    ['paused', 'unpause'],
  ] as const)('was %s, and stays ended after %s', async (status, action) => {
    const { handle, lifecycle, publish } = dying(status);
    await expect(lifecycle[action](handle)).rejects.toThrow(/container c is not running/);
    expect(handle.state.status).toBe('exited');
    expect(publish).not.toHaveBeenCalled();
  });

  it('is committed as one that has ended', async () => {
    const { handle, lifecycle, publish } = dying('running');
    const content = { layer: (_: unknown, use: (layer: unknown) => unknown) => use({}) };
    const images = { commit: () => Promise.resolve({ id: 'image' }) };
    const commit = new ContainerCommit(
      images as unknown as ImageStore,
      content as unknown as ContainerContent,
      lifecycle,
      { publish } as unknown as EventBus,
    );
    expect(await commit.commit(handle, REQUEST)).toBe('image');
    expect(handle.state.status).toBe('exited');
  });
});
