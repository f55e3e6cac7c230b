import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Header } from 'tar-stream';
import { MAX_LAYER_FILES, type HistoryStep, type ImageLayer, type LayerFile } from '../contract/images.ts';
import { digestOf, readSaved } from './saved-images.ts';
import { entryOf, headersOf, partsOf } from './tar-index.ts';

/** Paths of one layer that are kept while reading. */
export const MAX_PATHS = 400_000;

/** A path of a layer as its archive has it: there, or a mark that it, or all that was in it, is gone. */
export type RawFile = Omit<LayerFile, 'change' | 'lostIn'> & { readonly whiteout: boolean; readonly opaque: boolean };

/** Reads the archive of `docker save` of one image. Rejects when it is none. */
export async function readLayers(
  archive: Readable,
  history: readonly HistoryStep[],
  onBytes: (bytes: number) => void,
): Promise<ImageLayer[]> {
  const { images, layers } = await readSaved(archive, layerFiles, onBytes);
  const names = images[0]?.Layers ?? [];
  const raw = names.map((name) => layers(name) ?? []);
  const steps = history.filter(({ empty }) => !empty).reverse();
  return compare(raw).map((layer, index) => ({
    ...layer,
    digest: digestOf(names[index] ?? ''),
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

async function layerFiles(body: Readable): Promise<RawFile[]> {
  const files: RawFile[] = [];
  const reader = headersOf((header) => {
    const file = rawFileOf(header);
    if (file !== null && files.length < MAX_PATHS) files.push(file);
  });
  await pipeline(body, reader);
  return files;
}

/** What a layer says of a path; null for its root. */
export function rawFileOf(header: Header): RawFile | null {
  const parts = partsOf(header.name);
  const name = parts.at(-1);
  if (name === undefined) return null;
  const { size, mode, uid, gid, kind, linkTarget } = entryOf(header, name);
  const parent = parts.slice(0, -1);
  const opaque = name === '.wh..wh..opq';
  const whiteout = !opaque && name.startsWith('.wh.');
  const path = (opaque ? parent : whiteout ? [...parent, name.slice(4)] : parts).join('/');
  return {
    path,
    size: header.type === 'link' ? 0 : size,
    mode,
    uid,
    gid,
    directory: kind === 'directory',
    linkTarget,
    whiteout,
    opaque,
  };
}
