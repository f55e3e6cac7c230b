import type { Readable } from 'node:stream';
import { EngineError } from '../../errors.ts';
import type { FileTree, TreeEntry } from '../tree/file-tree.ts';
import { goMode } from '../../../common/buildkit/go-mode.ts';
import { bytesMessage, packetMessage, PacketType, SESSION_METHODS } from '../../../common/buildkit/session-messages.ts';
import type { BuildSession } from './session.ts';

/** Which of the client's outputs is meant, when it has several. */
const EXPORTER_HEADER = 'buildkit-attachable-exporter-id';

/** Sends bytes to the file that a client has opened for an exporter. */
export async function sendFile(
  session: BuildSession,
  exporter: number,
  content: Readable,
  signal: AbortSignal,
): Promise<number> {
  const metadata = { [EXPORTER_HEADER]: String(exporter) };
  const call = session.call(SESSION_METHODS.send, [bytesMessage, bytesMessage], { metadata, signal });
  let size = 0;
  for await (const data of content as AsyncIterable<Buffer>) {
    size += data.length;
    await call.send({ data });
  }
  call.end();
  await drained(call.responses());
  return size;
}

/** The sending side of the fsutil protocol: puts a tree into a directory of the client. Throws `invalid`. */
export async function sendTree(
  session: BuildSession,
  exporter: number,
  tree: FileTree,
  signal: AbortSignal,
): Promise<number> {
  const metadata = { [EXPORTER_HEADER]: String(exporter) };
  const call = session.call(SESSION_METHODS.send, [packetMessage, packetMessage], { metadata, signal });
  const files: TreeEntry[] = [...tree.walk('')].filter(({ path, type }) => path !== '' && type !== 'link');
  let size = 0;
  const tell = async (): Promise<void> => {
    for (const entry of files) {
      const { path, type, mode, uid, gid, modified, link, major, minor } = entry;
      if (type === 'link') continue;
      const stat = {
        path,
        mode: goMode(type, mode),
        uid,
        gid,
        size: BigInt(type === 'file' ? entry.size : 0),
        modTime: modified,
        linkname: type === 'symlink' ? link : '',
        devmajor: BigInt(major),
        devminor: BigInt(minor),
      };
      await call.send({ type: PacketType.stat, stat });
    }
    await call.send({ type: PacketType.stat });
  };
  const answer = async (): Promise<void> => {
    for await (const packet of call.responses()) {
      if (packet.type === PacketType.error)
        throw new EngineError('invalid', `error from receiver: ${Buffer.from(packet.data).toString()}`);
      if (packet.type === PacketType.finish) {
        await call.send({ type: PacketType.finish });
        call.end();
      }
      if (packet.type !== PacketType.request) continue;
      const entry = files[packet.id];
      if (entry === undefined) throw new EngineError('invalid', `invalid file id ${packet.id}`);
      for await (const data of tree.read(entry)) {
        size += data.length;
        await call.send({ type: PacketType.data, id: packet.id, data });
      }
      await call.send({ type: PacketType.data, id: packet.id });
    }
  };
  try {
    await Promise.all([tell(), answer()]);
  } catch (error) {
    call.cancel();
    throw error;
  }
  return size;
}

/** Resolves when the other side has ended the call. */
async function drained(messages: AsyncGenerator): Promise<void> {
  while ((await messages.next()).done !== true);
}
