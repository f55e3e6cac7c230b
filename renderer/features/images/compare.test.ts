import { expect, it } from 'vitest';
import type { ImageDetails } from '../../../runtime/contract/images.ts';
import { compareConfig, compareImageLayers, inOrder } from './compare.ts';

const image: ImageDetails = {
  id: '',
  tags: [],
  digests: [],
  createdAt: null,
  size: 0,
  platform: 'linux/amd64',
  author: '',
  layers: [],
  entrypoint: [],
  command: ['sh', '-c', 'x'],
  workingDir: '',
  user: '',
  ports: ['80/tcp'],
  volumes: [],
  env: [{ name: 'A', value: '1' }],
  labels: {},
  raw: null,
};

it('has the earlier image first, and those of one second by name', () => {
  const one = (tag: string, createdAt: number) => ({ repository: 'app', tag, createdAt });
  const tags = (a: ReturnType<typeof one>, b: ReturnType<typeof one>) => inOrder(a, b).map(({ tag }) => tag);
  expect(tags(one('a', 2), one('b', 1))).toEqual(['b', 'a']);
  expect(tags(one('1.10', 1), one('1.9', 1))).toEqual(['1.9', '1.10']);
  expect(tags(one('1.9', 1), one('1.10', 1))).toEqual(['1.9', '1.10']);
});

it('finds configuration that differs', () => {
  expect(
    compareConfig(image, {
      ...image,
      command: ['sh', '-c', 'y'],
      env: [...image.env, { name: 'B', value: '2' }],
      user: 'app',
    }),
  ).toEqual([
    { field: 'command', earlier: 'sh -c x', later: 'sh -c y' },
    { field: 'user', earlier: '', later: 'app' },
    { field: 'env', earlier: '', later: 'B=2' },
  ]);
});

it('tells which layers both have, and which only one', () => {
  const known = (layers: readonly string[]) => ({
    details: { ...image, layers: layers.map((name) => `sha256:${name}`) },
    history: layers
      .map((name, size) => ({ createdAt: 0, createdBy: name, size, comment: '', empty: false }))
      .toReversed(),
  });
  const rows = compareImageLayers(known(['base', 'tools', 'app']), known(['base', 'other', 'app', 'more']));
  expect(rows.map(({ createdBy, of, size }) => [createdBy, of, size])).toEqual([
    ['base', 'both', 0],
    ['other', 'later', 1],
    ['tools', 'earlier', 1],
    ['app', 'both', 2],
    ['more', 'later', 3],
  ]);
});
