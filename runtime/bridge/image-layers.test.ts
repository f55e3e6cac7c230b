import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readLayers } from './image-layers.ts';
import { savedImages, tar } from './testing/archives.ts';

describe('readLayers', () => {
  it('tells what each layer adds, changes, deletes and carries for nothing', async () => {
    const layers = [
      await tar({ 'etc/': null, 'etc/a': 'aaaa', 'etc/b': 'bb', 'opt/x': '123456' }),
      gzipSync(await tar({ 'etc/': null, 'etc/a': 'A', 'etc/.wh.b': '', new: 'n' })),
      await tar({ 'opt/.wh..wh..opq': '', 'opt/y': 'y' }),
    ];
    const history = [
      { createdAt: 0, createdBy: 'third', size: 0, comment: '', empty: false },
      { createdAt: 0, createdBy: 'ENV', size: 0, comment: '', empty: true },
      { createdAt: 0, createdBy: 'second', size: 0, comment: '', empty: false },
      { createdAt: 0, createdBy: 'first', size: 0, comment: '', empty: false },
    ];
    const seen: number[] = [];
    const found = await readLayers(savedImages(layers, { one: [0, 1, 2] }), history, (bytes) => seen.push(bytes));
    expect(found.map(({ digest, createdBy, size, wasted }) => ({ digest, createdBy, size, wasted }))).toEqual([
      { digest: '0', createdBy: 'first', size: 12, wasted: 12 },
      { digest: '1', createdBy: 'second', size: 2, wasted: 0 },
      { digest: '2', createdBy: 'third', size: 1, wasted: 0 },
    ]);
    expect(found[1]?.files.map(({ path, change }) => `${change} ${path}`)).toEqual([
      'modified etc/a',
      'deleted etc/b',
      'added new',
    ]);
    // The file that the second layer replaces, the one it deletes, and what the third has in the directory's place.
    expect(found[0]?.files.map(({ path, lostIn }) => [path, lostIn])).toEqual([
      ['etc', null],
      ['etc/a', 1],
      ['etc/b', 1],
      ['opt/x', 2],
    ]);
    expect(seen.length).toBeGreaterThan(2);
  });

  it('refuses an archive that is no image', async () => {
    await expect(readLayers(Readable.from([await tar({ a: 'x' })]), [], () => {})).rejects.toThrow(/holds no image/);
  });
});
