import { Readable } from 'node:stream';
import { EngineError } from '../../errors.ts';
import type { ContainerView, StorageLauncher } from '../../launcher/storage.ts';
import { LaunchError } from '../../launcher/types.ts';
import type { CopyOperation } from '../plan/copy-operation.ts';
import type { WorkdirOperation } from '../plan/vertex.ts';
import { compressionOf, decompressed, isTar, peeked } from '../../store/decompress.ts';
import { FileTree, type TreeEntry } from '../tree/file-tree.ts';
import type { Selection } from '../tree/select.ts';
import { modeChange, octalMode } from './chmod.ts';
import { copyMembers, missingDirectories, type CopyMember, type CopyTarget } from './copy-plan.ts';
import { findPlace } from './places.ts';

/** Of directories that nobody asked for. */
const DIRECTORY_MODE = 0o755;

export interface CopyParts {
  readonly storage: StorageLauncher;
  /** A fresh path for contents that are too large for memory. */
  readonly spoolPath: () => string;
}

/** Puts what was selected into a filesystem, which `view` shows. Throws `invalid`. */
export async function performCopy(
  parts: CopyParts,
  view: ContainerView,
  operation: CopyOperation,
  selections: readonly Selection[],
  signal: AbortSignal,
): Promise<void> {
  if (selections.length === 0) return;
  const found = await findPlace(parts.storage, view, operation.destination);
  const target: CopyTarget = {
    destination: operation.destination,
    found,
    mode: modeChange(operation.chmod),
    directoryMode: octalMode(operation.chmod) ?? DIRECTORY_MODE,
    now: BigInt(Date.now()) * 1_000_000n,
    made: new Set(),
  };
  const unpacked: FileTree[] = [];
  try {
    const members: { tree: FileTree; members: readonly CopyMember[] }[] = [];
    for (const selection of selections) {
      const archive = unpacks(operation, selection) ? await openArchive(parts, selection, signal) : null;
      if (archive !== null) {
        unpacked.push(archive);
        const whole: Selection = {
          tree: archive,
          kind: 'parents',
          name: '',
          members: [...archive.walk('')].flatMap((entry) => (entry.path === '' ? [] : [{ entry, path: entry.path }])),
        };
        members.push({ tree: archive, members: copyMembers(whole, { ...target, directoryMode: DIRECTORY_MODE }) });
      } else members.push({ tree: selection.tree, members: copyMembers(selection, target) });
    }
    await extract(parts.storage, view, archiveOf(members), ownerText(operation.chown));
  } finally {
    for (const tree of unpacked) await tree.dispose();
  }
}

/** Makes the directory of a WORKDIR. False when it is there. */
export async function makeWorkdir(
  storage: StorageLauncher,
  view: ContainerView,
  operation: WorkdirOperation,
): Promise<boolean> {
  const found = await findPlace(storage, view, operation.path);
  if (!found.isDirectory) throw new EngineError('invalid', `${operation.path}: not a directory`);
  if (found.missing.length === 0) return false;
  const now = BigInt(Date.now()) * 1_000_000n;
  const made = new Set<string>();
  const target = { destination: operation.path, found, mode: modeChange(''), directoryMode: DIRECTORY_MODE, now, made };
  const members = missingDirectories(target, found.missing);
  await extract(storage, view, archiveOf([{ tree: await FileTree.of([]), members }]), ownerText(operation.user));
  return true;
}

async function* archiveOf(
  parts: readonly { readonly tree: FileTree; readonly members: readonly CopyMember[] }[],
): AsyncGenerator<Buffer, void, undefined> {
  for (const [index, { tree, members }] of parts.entries()) yield* tree.archive(members, index === parts.length - 1);
}

async function extract(
  storage: StorageLauncher,
  view: ContainerView,
  archive: AsyncIterable<Buffer>,
  owner: string,
): Promise<void> {
  const tar = Readable.from(archive, { objectMode: false, highWaterMark: 1024 * 1024 });
  try {
    await storage.extract(view, '/', tar, { keepKinds: true, owner });
  } catch (error) {
    if (error instanceof LaunchError && error.errno === 0 && error.kind !== 'process-gone')
      throw new EngineError('invalid', error.message, { cause: error });
    throw error;
  }
}

/** A number alone is the group's too, a name brings its own, and a colon with nothing behind it means root's. */
function ownerText(chown: string): string {
  return /^\d+$/.test(chown) ? `${chown}:${chown}` : chown.replace(/:$/, ':0');
}

function unpacks(operation: CopyOperation, { kind }: Selection): boolean {
  if (kind !== 'file') return false;
  return operation.unpack ?? (operation.isAdd && operation.remotes.length === 0);
}

/** The tree in an archive, whatever its name; null for a file that is none. */
async function openArchive(
  parts: CopyParts,
  { tree, members }: Selection,
  signal: AbortSignal,
): Promise<FileTree | null> {
  const entry = members[0]?.entry;
  if (entry?.type !== 'file' || entry.size === 0) return null;
  const plain = await plainArchive(tree, entry);
  if (plain === null) return null;
  return FileTree.read(plain as AsyncIterable<Buffer>, parts.spoolPath(), { rootOwned: false, signal });
}

async function plainArchive(tree: FileTree, entry: TreeEntry): Promise<Readable | null> {
  const { head, whole } = await peeked(tree.read(entry));
  const compression = compressionOf(head);
  if (compression === 'none') {
    if (isTar(head)) return whole;
    whole.destroy();
    return null;
  }
  try {
    const inside = await peeked(decompressed(whole, compression) as AsyncIterable<Buffer>);
    if (isTar(inside.head)) return inside.whole;
    inside.whole.destroy();
    return null;
  } catch (error) {
    // What only begins like compressed data is a file as any other.
    if (error instanceof EngineError && error.kind === 'invalid') return null;
    throw error;
  }
}
