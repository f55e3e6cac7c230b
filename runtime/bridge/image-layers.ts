import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { MAX_LAYER_FILES, type HistoryStep, type ImageLayer, type LayerFile } from '../contract/images.ts';
import { BridgeError } from '../rpc/error.ts';
import { entryOf, headersOf, partsOf } from './tar-index.ts';

/** Paths of one layer that are kept while reading. */
const MAX_PATHS = 400_000;
/** Largest description of an image that is read, in bytes. */
const MAX_JSON_BYTES = 8 * 1024 * 1024;

type RawFile = Omit<LayerFile, 'change' | 'lostIn'> & { readonly whiteout: boolean; readonly opaque: boolean };

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
  /** The layer that has a path now, and what it says of it. */
  const owner = new Map<string, { layer: number; file: { -readonly [Key in keyof LayerFile]: LayerFile[Key] } }>();
  const wasted = layers.map(() => 0);
  const drop = (path: string, by: number): void => {
    const known = owner.get(path);
    if (known === undefined) return;
    owner.delete(path);
    known.file.lostIn = by;
    wasted[known.layer] = (wasted[known.layer] ?? 0) + known.file.size;
  };
  const dropBelow = (directory: string, by: number): void => {
    for (const [path, { layer }] of owner)
      if (layer < by && (directory === '' || path.startsWith(`${directory}/`))) drop(path, by);
  };
  const results = layers.map((files, layer) => {
    const shown: LayerFile[] = [];
    let size = 0;
    for (const { whiteout, opaque, ...raw } of files) {
      if (opaque) {
        dropBelow(raw.path, layer);
        continue;
      }
      if (whiteout) {
        dropBelow(raw.path, layer);
        drop(raw.path, layer);
        shown.push({ ...raw, change: 'deleted', lostIn: null });
        continue;
      }
      const known = owner.get(raw.path);
      const file = { ...raw, change: known === undefined ? ('added' as const) : ('modified' as const), lostIn: null };
      if (known !== undefined && known.layer < layer) {
        // A directory is listed again in every layer that has something in it.
        const again = raw.directory && known.file.directory;
        if (again && raw.mode === known.file.mode && raw.uid === known.file.uid && raw.gid === known.file.gid) continue;
        drop(raw.path, layer);
      }
      owner.set(raw.path, { layer, file });
      size += raw.size;
      shown.push(file);
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
  const reader = headersOf((header) => {
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
