import { expect, it } from 'vitest';
import { usageOf, type DockerDf } from './system.ts';

const image = (Id: string, Size: number, SharedSize: number, Containers = 0) => ({
  Id,
  RepoTags: [`${Id}:1`],
  Size,
  SharedSize,
  Containers,
  Labels: null,
});
const nothing: DockerDf = { LayersSize: 0, Images: null, Containers: null, Volumes: null, BuildCache: null };

it('counts layers that several images share once, beside what each image has for its own', () => {
  const { images, sharedLayersBytes } = usageOf({
    ...nothing,
    LayersSize: 1300,
    Images: [image('base', 1000, 1000, 2), image('app', 1200, 1000), image('tool', 1100, 1000)],
  });
  expect(images.map(({ size, inUse }) => [size, inUse])).toEqual([
    [0, true],
    [200, false],
    [100, false],
  ]);
  expect(sharedLayersBytes).toBe(1000);
});

it('takes an engine that does not tell what is shared at its word', () => {
  const { images, sharedLayersBytes } = usageOf({ ...nothing, LayersSize: 700, Images: [image('app', 700, -1)] });
  expect([images[0]?.size, sharedLayersBytes]).toEqual([700, 0]);
});
