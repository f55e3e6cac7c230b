/** The archive of `docker save`, as every engine writes it: blobs or folders of layers, and a manifest that names them. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { BridgeError } from '../rpc/error.ts';
import { partsOf } from './tar-index.ts';

/** Largest description of an image that is read, in bytes. */
const MAX_JSON_BYTES = 8 * 1024 * 1024;

/** An image of `manifest.json`. */
export interface SavedImage {
  readonly Config?: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

interface Saved<Layer> {
  readonly images: readonly SavedImage[];
  /** What was read of the layer of that name. */
  readonly layers: (name: string) => Layer | undefined;
}

/** Reads every layer of an archive once, however many images have it. Rejects when the archive holds no image. */
export async function readSaved<Layer>(
  archive: Readable,
  readLayer: (tar: Readable) => Promise<Layer>,
  onBytes: (bytes: number) => void,
): Promise<Saved<Layer>> {
  const blobs = new Map<string, Layer>();
  const links = new Map<string, string>();
  const texts = new Map<string, Buffer>();
  let bytes = 0;
  const reader = extract();
  archive.on('error', (error) => reader.destroy(error));
  archive.pipe(reader);
  for await (const entry of reader) {
    const { header } = entry;
    const name = partsOf(header.name).join('/');
    const size = header.size;
    const body = await peeked(entry as AsyncIterable<Buffer>);
    if (header.type === 'symlink' || header.type === 'link') {
      links.set(
        name,
        partsOf(header.linkname)
          .filter((part) => part !== '..')
          .join('/'),
      );
    } else if (body.first !== null && looksLikeLayer(body.first)) {
      blobs.set(name, await readLayer(plain(body.all, body.first)));
    } else if (size <= MAX_JSON_BYTES) {
      texts.set(name, await buffer(body.all));
    }
    body.all.resume();
    bytes += size;
    onBytes(bytes);
  }
  const manifest = JSON.parse(texts.get('manifest.json')?.toString() ?? '[]') as Partial<SavedImage>[];
  const images = manifest.flatMap((image) => (image.Layers === undefined ? [] : [{ ...image, Layers: image.Layers }]));
  if (images.length === 0) throw new BridgeError('internal', 'The engine sent an archive that holds no image.');
  return { images, layers: (name) => blobs.get(name) ?? blobs.get(links.get(name) ?? '') };
}

/** The digest in the name of a layer. */
export function digestOf(name: string): string {
  return name.replace(/^blobs\/sha256\//, '').replace(/\/layer\.tar$/, '');
}

/** An entry's first bytes, and all of them as a stream. */
async function peeked(entry: AsyncIterable<Buffer>): Promise<{ first: Buffer | null; all: Readable }> {
  const iterator = entry[Symbol.asyncIterator]();
  const result = await iterator.next();
  if (result.done === true) return { first: null, all: Readable.from([]) };
  const first = result.value;
  const all = async function* () {
    yield first;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  };
  return { first, all: Readable.from(all()) };
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

function looksLikeLayer(bytes: Buffer): boolean {
  return (
    isGzip(bytes) ||
    bytes.subarray(257, 262).toString('latin1') === 'ustar' ||
    bytes.subarray(0, 512).every((one) => one === 0)
  );
}

/** A layer's archive, unpacked where it is packed. */
function plain(body: Readable, first: Buffer): Readable {
  if (!isGzip(first)) return body;
  const unpacked = createGunzip();
  body.on('error', (error) => unpacked.destroy(error));
  return body.pipe(unpacked);
}
