import { expect, it, vi } from 'vitest';
import type { Supervised } from '../launcher/interface.ts';
import type { ContainerView } from '../launcher/storage.ts';
import { LaunchError } from '../launcher/types.ts';
import { withView, type ViewParts } from './container-view.ts';
import { ContainerHandle } from './handle.ts';
import { INITIAL_STATE, type ContainerRecord } from './types.ts';

const GONE = new LaunchError('process-gone', 'joining the mount namespace', 3);

it('looks at a container that ends meanwhile as it lies there, once its end is known', async () => {
  const handle = new ContainerHandle({
    id: 'c',
    hostConfig: {},
    root: 'overlay',
    state: { ...INITIAL_STATE, status: 'running' },
  } as unknown as ContainerRecord);
  handle.supervised = { process: { pid: 7 } } as unknown as Supervised;
  const parts = { dataRoot: '/d', layers: { rootPaths: () => ['/l'] } } as unknown as ViewParts;
  const look = vi.fn((view: ContainerView): Promise<string> =>
    'process' in view ? Promise.reject(GONE) : Promise.resolve('seen'),
  );
  handle.exitHandled = new Promise<void>((resolve) => {
    setImmediate(() => {
      handle.supervised = null;
      handle.record = { ...handle.record, state: { ...handle.state, status: 'exited' } };
      resolve();
    });
  });
  expect(await withView(handle, parts, 'bare', look)).toBe('seen');
  expect(look.mock.calls.map(([view]) => Object.keys(view).sort())).toEqual([
    ['bare', 'process'],
    ['mounts', 'root'],
  ]);
  look.mockRejectedValue(GONE);
  await expect(withView(handle, parts, 'bare', look)).rejects.toBe(GONE);
  expect(look).toHaveBeenCalledTimes(3);
});
