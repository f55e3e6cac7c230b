import { FileTree, type TreeEntry } from '../tree/file-tree.ts';
import type { KeptFiles } from './kept-files.ts';
import { packetMessage, SESSION_METHODS } from '../../../common/buildkit/session-messages.ts';
import { FileReceiver, type ReceiveTarget } from './receive.ts';
import type { BuildSession } from './session.ts';

/** What is wanted of a client's directory. */
export interface DirectoryRequest {
  /** The name under which the client offers it. */
  readonly name: string;
  /** Patterns of what is left out, as in `.dockerignore`. */
  readonly exclude: readonly string[];
  /** Paths that are wanted, with what their links lead to; null for all. */
  readonly follow: readonly string[] | null;
  readonly signal: AbortSignal;
  /** Told of the bytes of content that came so far. */
  readonly onBytes: (received: number) => void;
}

/** Receives a client's directory; only files that changed since the last time are sent. Throws `invalid`, GrpcError. */
export async function receiveDirectory(
  session: BuildSession,
  kept: KeptFiles,
  request: DirectoryRequest,
): Promise<FileTree> {
  const key = session.sharedKey === '' ? '' : `${session.sharedKey}\0${request.name}`;
  return kept.receive(key, async (files) => {
    const entries = await open(session, request, files);
    return FileTree.ofEntries(entries.values(), await files.finish(entries));
  });
}

/** Receives some small files of a client's directory; those that are not there are missing in the answer. */
export async function receiveTexts(
  session: BuildSession,
  request: DirectoryRequest,
): Promise<ReadonlyMap<string, string>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const target: ReceiveTarget = {
    get size() {
      return size;
    },
    known: () => null,
    append: (bytes) => {
      pieces.push(bytes);
      size += bytes.length;
      return undefined;
    },
  };
  const entries = await open(session, request, target);
  const whole = Buffer.concat(pieces);
  const texts = new Map<string, string>();
  for (const { path, type, offset, size: length, link } of entries.values()) {
    if (type === 'file') texts.set(path, whole.subarray(offset, offset + length).toString());
    // What a link leads to came along with it.
    const target = type === 'symlink' ? entries.get(link.replace(/^(?:\.?\/)+/, '')) : undefined;
    if (target?.type === 'file') texts.set(path, whole.subarray(target.offset, target.offset + target.size).toString());
  }
  return texts;
}

async function open(
  session: BuildSession,
  { name, exclude, follow, signal, onBytes }: DirectoryRequest,
  target: ReceiveTarget,
): Promise<ReadonlyMap<string, TreeEntry>> {
  const metadata = {
    ...headers('dir-name', [name]),
    ...headers('exclude-patterns', exclude),
    ...headers('followpaths', follow ?? []),
  };
  const call = session.call(SESSION_METHODS.diffCopy, [packetMessage, packetMessage], { metadata, signal });
  return new FileReceiver(call, target, onBytes).receive();
}

/** Values in headers, which hold ASCII only: others are encoded, and marked so, as BuildKit does. */
function headers(name: string, values: readonly string[]): Record<string, string | string[]> {
  if (values.length === 0) return {};
  const isPlain = values.every((value) => /^[\x20-\x7e]*$/.test(value));
  if (isPlain) return { [name]: [...values] };
  return { [name]: values.map((value) => encodeURIComponent(value)), [`${name}-encoded`]: '1' };
}
