import type { InputOf, OutputOf, StreamName } from '../../runtime/contract/contract.ts';
import { saveBlob } from '../platform/host.ts';
import { open } from './connection.ts';
import type { ByteTask } from './tasks.ts';

/** Bytes kept as one piece in memory before they are handed to the browser, which may put them on disk. */
const PIECE_BYTES = 16 * 1024 * 1024;

/** Receives a stream's bytes. Resolves to a blob of them; rejects with BridgeError. */
async function download<K extends StreamName>(name: K, input: InputOf<K>, task: ByteTask): Promise<Blob> {
  const pieces: Blob[] = [];
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let waiting = 0;
  let total = 0;
  const stream = open(name, input, {
    onData: (bytes, done) => {
      // A copy: the frame's memory is the transport's.
      chunks.push(bytes.slice());
      waiting += bytes.length;
      total += bytes.length;
      if (waiting >= PIECE_BYTES) {
        pieces.push(new Blob(chunks));
        chunks = [];
        waiting = 0;
      }
      task.report(total);
      done();
    },
  });
  task.stream(stream);
  await stream.closed;
  return new Blob([...pieces, ...chunks]);
}

/** Receives a stream's bytes and saves them as a file of that name. Resolves to their number. */
export async function downloadAs<K extends StreamName>(
  fileName: string,
  name: K,
  input: InputOf<K>,
  task: ByteTask,
): Promise<number> {
  const blob = await download(name, input, task);
  saveBlob(fileName, blob);
  return blob.size;
}

/** Sends a file's bytes on a stream. Resolves when the far side has taken all of it; rejects with BridgeError. */
export async function upload<K extends StreamName>(
  name: K,
  input: InputOf<K>,
  file: Blob,
  task: ByteTask,
  onItem?: (item: OutputOf<K>) => void,
): Promise<void> {
  const stream = open(name, input, onItem === undefined ? {} : { onItem });
  task.stream(stream);
  let sent = 0;
  const feed = async () => {
    for (let offset = 0; offset < file.size; offset += PIECE_BYTES / 16) {
      const piece = await file.slice(offset, offset + PIECE_BYTES / 16).bytes();
      for (let at = 0; at < piece.length; at += 64 * 1024) await stream.sendData(piece.subarray(at, at + 64 * 1024));
      sent += piece.length;
      task.report(sent);
    }
    stream.endInput();
  };
  await Promise.all([feed(), stream.closed]);
}
