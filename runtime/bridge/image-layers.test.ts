import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { readLayers } from './image-layers.ts';

async function tar(files: Readonly<Record<string, string | null>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) {
    if (text === null) archive.entry({ name, type: 'directory' });
    else archive.entry({ name }, text);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function image(layers: readonly Buffer[]): Readable {
  const archive = pack();
  const names = layers.map((_, index) => `blobs/sha256/${String(index)}`);
  for (const [index, layer] of layers.entries()) archive.entry({ name: names[index] ?? '' }, layer);
  archive.entry({ name: 'manifest.json' }, JSON.stringify([{ Layers: names }]));
  archive.finalize();
  return Readable.from(archive);
}

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
    const found = await readLayers(image(layers), history, (bytes) => seen.push(bytes));
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
