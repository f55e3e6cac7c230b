import { randomUUID } from 'node:crypto';
import { join, posix } from 'node:path';
import { EngineError } from '../../errors.ts';
import { FileTree } from '../tree/file-tree.ts';
import { hasWildcard } from '../../../common/path-patterns.ts';
import { findPlace } from './places.ts';
import { Workspace, type WorkspaceParts } from './workspace.ts';

/** Files of a stage or image, read for COPY --from, with the pattern that finds them there. */
export interface StageFiles {
  readonly tree: FileTree;
  readonly source: string;
}

/** Where large contents are kept while they are needed. */
export function spoolPath(dataRoot: string): string {
  return join(dataRoot, 'build', 'spool', randomUUID());
}

/**
 * Reads what a source path means in layers (topmost first): with a pattern the directory before it, else the file or
 * directory. Throws `invalid` for a path without a pattern that is not there.
 */
export async function readStageFiles(
  parts: WorkspaceParts,
  lower: readonly string[],
  source: string,
  signal: AbortSignal,
): Promise<StageFiles> {
  const workspace = await Workspace.make(parts, lower);
  try {
    const { storage } = parts.launcher;
    const clean = posix.resolve('/', source.replace(/\/\.\//, '/'));
    const names = clean.split('/').slice(1);
    const first = names.findIndex((part) => hasWildcard(part));
    const isPattern = first >= 0;
    const fixed = isPattern ? names.slice(0, first) : names;
    const path = `/${fixed.map((part) => part.replaceAll(/\\(.)/g, '$1')).join('/')}`;
    const found = await findPlace(storage, workspace.view, path);
    if (found.missing.length > 0) {
      if (isPattern) return { tree: await FileTree.of([]), source };
      throw new EngineError('invalid', `failed to calculate checksum: ${JSON.stringify(clean)}: not found`);
    }
    const { tar } = await storage.archive(workspace.view, found.real, found.real.slice(1));
    const spool = spoolPath(parts.dataRoot);
    const tree = await FileTree.read(tar as AsyncIterable<Buffer>, spool, { rootOwned: false, signal });
    const rest = isPattern ? `/${names.slice(first).join('/')}` : '';
    const real = found.real === '/' ? '' : found.real;
    // A link's own name is what the copy is called.
    if (!isPattern && !found.isDirectory && real !== clean) {
      tree.alias(real.slice(1), clean.slice(1));
      return { tree, source: escaped(clean) };
    }
    return { tree, source: `${escaped(real)}${rest}` };
  } finally {
    await workspace.dispose();
  }
}

/** A path as a pattern that means just it. */
function escaped(path: string): string {
  return path.replaceAll(/[\\*?[]/g, String.raw`\$&`);
}
