import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { MAX_LAYER_FILES, type HistoryStep, type ImageLayer, type LayerFile } from '../contract/images.ts';
import { BridgeError } from '../rpc/error.ts';
import { entryOf, partsOf } from './tar-index.ts';

/** Paths of one layer that are kept while reading. */
const MAX_PATHS = 400_000;
/** Largest description of an image that is read, in bytes. */
const MAX_JSON_BYTES = 8 * 1024 * 1024;

type RawFile = Omit<LayerFile, 'change'> & { readonly whiteout: boolean; readonly opaque: boolean };

/** Reads the archive of `docker save` of one image. Rejects when it is none. */
export async function readLayers(
  archive: Readable,
  history: readonly HistoryStep[],
  onBytes: (bytes: number) => void,
): Promise<ImageLayer[]> {
  const blobs = new Map<string, RawFile[]>();
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
      blobs.set(name, await layerFiles(body.all, body.first));
    } else if (size <= MAX_JSON_BYTES) {
      texts.set(name, await buffer(body.all));
    }
    body.all.resume();
    bytes += size;
    onBytes(bytes);
  }
  const manifest = JSON.parse(texts.get('manifest.json')?.toString() ?? '[]') as { Layers?: string[] }[];
  const names = manifest[0]?.Layers;
  if (names === undefined) throw new BridgeError('internal', 'The engine sent an archive that holds no image.');
  const raw = names.map((name) => blobs.get(name) ?? blobs.get(links.get(name) ?? '') ?? []);
  const steps = history.filter(({ empty }) => !empty).reverse();
  return compare(raw).map((layer, index) => ({
    ...layer,
    digest: names[index]?.replace(/^blobs\/sha256\//, '').replace(/\/layer\.tar$/, '') ?? '',
    createdBy: steps[index]?.createdBy ?? '',
  }));
}

/** What each layer adds, changes and takes away, from the bottom up, and what of it is carried for nothing. */
export function compare(
  layers: readonly (readonly RawFile[])[],
): Pick<ImageLayer, 'size' | 'wasted' | 'files' | 'fileCount'>[] {
  /** The layer that has a path now, and its size. */
  const owner = new Map<string, { layer: number; size: number }>();
  const wasted = layers.map(() => 0);
  const drop = (path: string): boolean => {
    const known = owner.get(path);
    if (known === undefined) return false;
    owner.delete(path);
    wasted[known.layer] = (wasted[known.layer] ?? 0) + known.size;
    return true;
  };
  const dropBelow = (directory: string, before: number): void => {
    for (const [path, { layer }] of owner)
      if (layer < before && (directory === '' || path.startsWith(`${directory}/`))) drop(path);
  };
  const results = layers.map((files, layer) => {
    const shown: LayerFile[] = [];
    let size = 0;
    for (const { whiteout, opaque, ...file } of files) {
      if (opaque) {
        dropBelow(file.path, layer);
        continue;
      }
      if (whiteout) {
        dropBelow(file.path, layer);
        drop(file.path);
        shown.push({ ...file, change: 'deleted' });
        continue;
      }
      const known = owner.get(file.path);
      // A directory that is there already is only listed again for what is in it.
      const change = known === undefined ? 'added' : 'modified';
      if (known !== undefined && known.layer < layer) drop(file.path);
      owner.set(file.path, { layer, size: file.size });
      size += file.size;
      shown.push({ ...file, change });
    }
    return { size, files: shown.slice(0, MAX_LAYER_FILES), fileCount: shown.length };
  });
  return results.map((result, index) => ({ ...result, wasted: wasted[index] ?? 0 }));
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

function looksLikeLayer(bytes: Buffer): boolean {
  const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (
    gzip || bytes.subarray(257, 262).toString('latin1') === 'ustar' || bytes.subarray(0, 512).every((one) => one === 0)
  );
}

async function layerFiles(body: Readable, first: Buffer): Promise<RawFile[]> {
  const files: RawFile[] = [];
  const reader = extract();
  reader.on('entry', (header, content, next) => {
    content.on('end', next);
    content.resume();
    const parts = partsOf(header.name);
    const name = parts.at(-1);
    if (name === undefined || files.length >= MAX_PATHS) return;
    const { size, mode, uid, gid, kind, linkTarget } = entryOf(header, name);
    const parent = parts.slice(0, -1);
    const opaque = name === '.wh..wh..opq';
    const whiteout = !opaque && name.startsWith('.wh.');
    const path = (opaque ? parent : whiteout ? [...parent, name.slice(4)] : parts).join('/');
    files.push({
      path,
      size: header.type === 'link' ? 0 : size,
      mode,
      uid,
      gid,
      directory: kind === 'directory',
      linkTarget,
      whiteout,
      opaque,
    });
  });
  const gzip = first[0] === 0x1f && first[1] === 0x8b;
  if (gzip) await pipeline(body, createGunzip(), reader);
  else await pipeline(body, reader);
  return files;
}
