import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { MAX_LAYER_FILES, type ComparedFile, type ComparisonTotals } from '../contract/images.ts';
import { MAX_PATHS, rawFileOf, type RawFile } from './image-layers.ts';
import { readSaved, type SavedImage } from './saved-images.ts';

/** A path of a layer with what tells its content from another of the same size. */
interface HashedFile extends RawFile {
  /** Digest of the content of a file, kind of a device; empty for the rest. */
  readonly content: string;
}

/** What the two images are, as the engine knows them. */
export interface ComparedImage {
  readonly id: string;
  readonly tags: readonly string[];
}

interface Comparison {
  /** By path; at most `MAX_LAYER_FILES`. */
  readonly files: readonly ComparedFile[];
  readonly totals: ComparisonTotals;
}

/** Compares the files of two images of one archive of `docker save`. Layers that both have are read once. */
export async function compareSaved(
  archive: Readable,
  [earlier, later]: readonly [ComparedImage, ComparedImage],
  onBytes: (bytes: number) => void,
): Promise<Comparison> {
  const { images, layers } = await readSaved(archive, hashedFiles, onBytes);
  const treeOf = (image: ComparedImage, at: number) =>
    filesOf((savedOf(images, image, at)?.Layers ?? []).map((name) => layers(name) ?? []));
  return difference(treeOf(earlier, 0), treeOf(later, 1));
}

/** The image of an archive that is meant: by its id, by a name, or by its place where neither is told. */
function savedOf(images: readonly SavedImage[], { id, tags }: ComparedImage, at: number): SavedImage | undefined {
  const hex = id.replace(/^sha256:/, '');
  return (
    images.find(({ Config }) => Config?.includes(hex) === true) ??
    images.find(({ RepoTags }) => RepoTags?.some((tag) => tags.includes(tag)) === true) ??
    images[Math.min(at, images.length - 1)]
  );
}

/** The files that a container of these layers begins with, by path. */
export function filesOf(layers: readonly (readonly HashedFile[])[]): Map<string, HashedFile> {
  const files = new Map<string, HashedFile>();
  for (const layer of layers) {
    const own = new Set<string>();
    const dropBelow = (directory: string): void => {
      if (directory !== '' && files.get(directory)?.directory !== true) return;
      for (const path of files.keys())
        if (!own.has(path) && (directory === '' || path.startsWith(`${directory}/`))) files.delete(path);
    };
    for (const file of layer) {
      if (file.opaque || file.whiteout) {
        dropBelow(file.path);
        if (file.whiteout && !own.has(file.path)) files.delete(file.path);
        continue;
      }
      if (!file.directory) dropBelow(file.path);
      own.add(file.path);
      files.set(file.path, file);
    }
  }
  return files;
}

/** What two trees of files do not have alike. Times are left out: a build that did the same again sets them anew. */
export function difference(
  earlier: ReadonlyMap<string, HashedFile>,
  later: ReadonlyMap<string, HashedFile>,
): Comparison {
  const found: ComparedFile[] = [];
  const totals = {
    earlier: totalOf(earlier),
    later: totalOf(later),
    added: { files: 0, bytes: 0 },
    modified: { files: 0, bytes: 0 },
    deleted: { files: 0, bytes: 0 },
  };
  const put = (change: ComparedFile['change'], before: HashedFile | undefined, after: HashedFile | undefined): void => {
    const file = after ?? before;
    if (file === undefined) return;
    const { path, mode, uid, gid, directory, linkTarget } = file;
    const [was, is] = [before?.size ?? 0, after?.size ?? 0];
    found.push({ path, mode, uid, gid, directory, linkTarget, change, before: was, size: is });
    if (directory) return;
    totals[change].files += 1;
    totals[change].bytes += change === 'deleted' ? was : change === 'added' ? is : is - was;
  };
  for (const [path, after] of later) {
    const before = earlier.get(path);
    if (before === undefined) put('added', undefined, after);
    else if (!isSame(before, after)) put('modified', before, after);
  }
  for (const [path, before] of earlier) if (!later.has(path)) put('deleted', before, undefined);
  found.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files: found.slice(0, MAX_LAYER_FILES), totals: { ...totals, changes: found.length } };
}

function totalOf(files: ReadonlyMap<string, HashedFile>): { files: number; bytes: number } {
  let [count, bytes] = [0, 0];
  for (const { directory, size } of files.values()) {
    if (!directory) count += 1;
    bytes += size;
  }
  return { files: count, bytes };
}

function isSame(a: HashedFile, b: HashedFile): boolean {
  return (
    a.directory === b.directory &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.linkTarget === b.linkTarget &&
    a.content === b.content
  );
}

/** The paths of a layer, with a digest of what is in each file. */
async function hashedFiles(tar: Readable): Promise<HashedFile[]> {
  const files: HashedFile[] = [];
  const contents = new Map<string, HashedFile>();
  const reader = extract();
  reader.on('entry', (header, body, next) => {
    const hash = createHash('sha1');
    body.on('data', (chunk) => hash.update(chunk as Buffer));
    // An archive that breaks off is an error of the pipeline; without a listener, its last entry's would end the app.
    body.on('error', () => undefined);
    body.on('end', () => {
      const raw = rawFileOf(header);
      if (raw !== null && files.length < MAX_PATHS) {
        // A hard link is one more name of what its archive has before.
        const first = header.type === 'link' ? contents.get(header.linkname.replace(/^(\.?\/)+/, '')) : undefined;
        const content =
          first?.content ??
          (header.type === 'file' || header.type === 'contiguous-file'
            ? hash.digest('hex')
            : header.type === 'directory' || header.type === 'symlink'
              ? ''
              : `${header.type} ${String(header.devmajor)}:${String(header.devminor)}`);
        const file = { ...raw, content };
        contents.set(raw.path, file);
        files.push(file);
      }
      next();
    });
  });
  await pipeline(tar, reader);
  return files;
}
