import { expect, it, vi } from 'vitest';
import { imageLabels } from './image-labels.ts';
import type { ImageStore } from './image-store.ts';

it('shows an image by the name that was given, while that means it', () => {
  const resolve = vi.fn((name: string) => {
    if (name === 'gone') throw new Error('No such image');
    return { id: 'sha256:new' };
  });
  const label = imageLabels({ resolve } as unknown as Pick<ImageStore, 'resolve'>);
  expect(label('app', 'sha256:new')).toBe('app');
  expect(label('app', 'sha256:old')).toBe('sha256:old');
  expect(label('gone', 'sha256:old')).toBe('sha256:old');
  expect(label('sha256:old', 'sha256:old')).toBe('sha256:old');
  expect(resolve).toHaveBeenCalledTimes(2);
});
