import { Readable } from 'node:stream';
import { pack } from 'tar-stream';

/** An archive of files by name; null is a directory, `-> name` a hard link. */
export async function tar(files: Readonly<Record<string, string | null>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) {
    if (text === null) archive.entry({ name, type: 'directory' });
    else if (text.startsWith('-> ')) archive.entry({ name, type: 'link', linkname: text.slice(3) });
    else archive.entry({ name }, text);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What `docker save` gives of images, each known by its layers' numbers: layers once, and a manifest. */
export function savedImages(layers: readonly Buffer[], images: Readonly<Record<string, readonly number[]>>): Readable {
  const archive = pack();
  const nameOf = (index: number) => `blobs/sha256/${String(index)}`;
  for (const [index, layer] of layers.entries()) archive.entry({ name: nameOf(index) }, layer);
  const manifest = Object.entries(images).map(([id, numbers]) => ({
    Config: `blobs/sha256/${id}`,
    Layers: numbers.map(nameOf),
  }));
  archive.entry({ name: 'manifest.json' }, JSON.stringify(manifest));
  archive.finalize();
  return Readable.from(archive);
}
