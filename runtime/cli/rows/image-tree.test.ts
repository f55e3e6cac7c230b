import { expect, it } from 'vitest';
import { imageTreeText } from './image-tree.ts';

const size = { Total: 3000, Content: 1000 };
const variant = (os: string, id: string) => ({
  ID: `sha256:${id.repeat(64)}`,
  Kind: 'image',
  Available: true,
  Size: size,
  ImageData: { Platform: { os, architecture: 'amd64' } },
});
const IMAGE = {
  Id: `sha256:${'a'.repeat(64)}`,
  RepoTags: ['shop:1', 'registry.example/shop:1'],
  RepoDigests: [],
  Created: 1,
  Size: 3000,
  Containers: 1,
  Labels: null,
  Manifests: [variant('linux', 'b'), variant('\u001b[2Jlinux', 'c')],
};

it('shows the platforms of an image below its names, and nothing that an image says steers the terminal', () => {
  const text = imageTreeText([IMAGE], { columns: 100, isColoured: false });
  const lines = text.split('\n').map((line) => line.trimEnd());
  expect(lines).toContain('registry.example/shop:1');
  expect(lines.find((line) => line.startsWith('shop:1'))).toMatch(/ aaaaaaaaaaaa .* U$/);
  expect(text).toMatch(/├─ linux\/amd64 /);
  expect(text).toMatch(/└─ \\x1b\[2Jlinux\/amd64 /);
  expect(text).not.toContain('\u001b');
  expect(imageTreeText([IMAGE], { columns: 100, isColoured: true })).toContain('\u001b[1;34m');
});
