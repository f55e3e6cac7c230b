import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { compareSaved } from './image-compare.ts';
import { savedImages, tar } from './testing/archives.ts';

const EARLIER = { id: 'sha256:aaa', tags: [] };
const LATER = { id: 'sha256:bbb', tags: [] };

it('tells what files the later image adds, changes and takes away, and leaves out what is the same from other layers', async () => {
  const layers = [
    await tar({ 'etc/': null, 'etc/a': 'aaaa', 'etc/b': 'bb', 'etc/c': 'same', 'opt/': null, 'opt/x': '123456' }),
    await tar({ 'etc/.wh.b': '', 'srv/': null, 'srv/one': 'first', 'srv/link': '-> srv/one' }),
    // The same length, other content; the same content once more; a folder emptied and filled.
    gzipSync(await tar({ 'etc/a': 'bbbb', 'etc/c': 'same', 'opt/.wh..wh..opq': '', 'opt/y': 'yy' })),
    await tar({ 'srv/': null, 'srv/link': 'first', 'srv/one': '-> srv/link' }),
  ];
  const seen: number[] = [];
  const { files, totals } = await compareSaved(
    savedImages(layers, { bbb: [0, 2, 3], aaa: [0, 1] }),
    [EARLIER, LATER],
    (bytes) => seen.push(bytes),
  );
  expect(files.map(({ change, path, before, size }) => [change, path, before, size])).toEqual([
    ['modified', 'etc/a', 4, 4],
    ['added', 'etc/b', 0, 2],
    ['deleted', 'opt/x', 6, 0],
    ['added', 'opt/y', 0, 2],
  ]);
  expect(totals).toEqual({
    earlier: { files: 5, bytes: 19 },
    later: { files: 6, bytes: 17 },
    added: { files: 2, bytes: 4 },
    modified: { files: 1, bytes: 0 },
    deleted: { files: 1, bytes: 6 },
    changes: 4,
  });
  expect(seen.length).toBeGreaterThan(4);
});

it('finds nothing between an image and itself, of which an archive has one', async () => {
  const archive = savedImages([await tar({ a: 'x' })], { aaa: [0] });
  expect((await compareSaved(archive, [EARLIER, EARLIER], () => {})).files).toEqual([]);
});

it('tells a folder in the place of a file, and a file in the place of a folder', async () => {
  const layers = [
    await tar({ 'a/': null, 'a/in': 'x', b: 'y' }),
    await tar({ a: 'now a file', '.wh.b': '', 'b/': null }),
  ];
  const archive = savedImages(layers, { aaa: [0], bbb: [0, 1] });
  const { files } = await compareSaved(archive, [EARLIER, LATER], () => {});
  expect(files.map(({ change, path }) => `${change} ${path}`)).toEqual(['modified a', 'deleted a/in', 'modified b']);
});
