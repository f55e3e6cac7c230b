import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { Connection } from './connection.ts';
import type { ContainerView, ExtractOptions, LabelledBind, LayerChange, Place, StorageLauncher } from './storage.ts';
import { LaunchError, type MountStep } from './types.ts';
import { FrameReader, FrameWriter, request, writeMount } from './wire.ts';

/** What ends a stream of the launcher that is whole (storage.c). */
const STREAM_END = Buffer.from('BERTHEND');
const CHANGE_KINDS = ['modified', 'added', 'deleted'] as const;

/** The storage requests of the launcher's protocol. */
export class StorageClient implements StorageLauncher {
  readonly #connect: () => Promise<Connection>;

  constructor(connect: () => Promise<Connection>) {
    this.#connect = connect;
  }

  async stat(view: ContainerView, path: string): Promise<Place> {
    const payload = await this.#ask(writeView(new FrameWriter(request.stat), view).string(path));
    return readPlace(new FrameReader(payload));
  }

  async archive(view: ContainerView, path: string, name: string): Promise<{ place: Place; tar: Readable }> {
    const writer = writeView(new FrameWriter(request.archive), view).string(path).string(name);
    const { payload, stream } = await this.#stream(writer);
    return { place: readPlace(new FrameReader(payload)), tar: stream };
  }

  async extract(view: ContainerView, path: string, tar: Readable, options: ExtractOptions): Promise<void> {
    const connection = await this.#connect();
    try {
      const writer = writeView(new FrameWriter(request.extract), view).string(path);
      const answered = connection.request(writer.bool(options.keepKinds).string(options.owner).finish());
      // Ends with the connection when the launcher refuses early; what the launcher says is what counts.
      pipeline(tar, connection.socket).catch(() => undefined);
      await answered;
    } catch (error) {
      if (tar.errored !== null) throw tar.errored;
      throw error;
    } finally {
      connection.close();
    }
  }

  async changes(lower: readonly string[], upper: string, complete: boolean): Promise<LayerChange[]> {
    const { stream } = await this.#stream(new FrameWriter(request.changes).strings(lower).string(upper).bool(complete));
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    return readChanges(Buffer.concat(chunks));
  }

  async layer(lower: readonly string[], upper: string, complete: boolean): Promise<Readable> {
    return (await this.#stream(new FrameWriter(request.layer).strings(lower).string(upper).bool(complete))).stream;
  }

  async tidy(lower: readonly string[], upper: string, stubs: readonly string[]): Promise<number> {
    const writer = new FrameWriter(request.tidy).strings(lower).string(upper).strings(stubs);
    return Number(new FrameReader(await this.#ask(writer)).u64());
  }

  async usage(path: string): Promise<number> {
    return Number(new FrameReader(await this.#ask(new FrameWriter(request.usage).string(path))).u64());
  }

  async fill(view: ContainerView, volumes: readonly MountStep[]): Promise<void> {
    const writer = writeView(new FrameWriter(request.fill), view);
    await this.#ask(
      writer.list(volumes, (step) => {
        writeMount(writer, step);
      }),
    );
  }

  async relabel(binds: readonly LabelledBind[]): Promise<void> {
    const writer = new FrameWriter(request.relabel);
    writer.list(binds, ({ step }) => {
      writeMount(writer, step);
    });
    await this.#ask(writer.strings(binds.map(({ label }) => label)));
  }

  async flatten(lower: readonly string[], target: string): Promise<void> {
    await this.#ask(new FrameWriter(request.flatten).strings(lower).string(target));
  }

  async probeOverlay(directory: string): Promise<void> {
    await this.#ask(new FrameWriter(request.probeOverlay).string(directory));
  }

  async #ask(writer: FrameWriter): Promise<Buffer> {
    const connection = await this.#connect();
    try {
      return (await connection.request(writer.finish())).payload;
    } finally {
      connection.close();
    }
  }

  async #stream(writer: FrameWriter): Promise<{ payload: Buffer; stream: Readable }> {
    const connection = await this.#connect();
    try {
      const { payload } = await connection.requestStream(writer.finish());
      const socket = connection.intoStream();
      const whole = new WholeStream();
      // What breaks the one breaks the other; who reads `whole` is told there.
      pipeline(socket, whole).catch(() => undefined);
      // A reader that goes away ends the launcher's work.
      finished(whole)
        .catch(() => undefined)
        .finally(() => socket.destroy())
        .catch(() => undefined);
      return { payload, stream: whole };
    } catch (error) {
      connection.close();
      throw error;
    }
  }
}

/** Passes a stream on without its end mark; errors when there is none. */
class WholeStream extends Transform {
  /** The last chunk, which may end in the mark. */
  #held: Buffer = Buffer.alloc(0);

  constructor() {
    // 1 MiB: what the launcher writes at a time, a few times over.
    super({ highWaterMark: 1024 * 1024 });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#held.length > 0 && chunk.length < STREAM_END.length) {
      this.#held = Buffer.concat([this.#held, chunk]);
      done();
      return;
    }
    const ready = this.#held;
    this.#held = chunk;
    done(null, ready.length === 0 ? undefined : ready);
  }

  override _flush(done: TransformCallback): void {
    const end = this.#held.length - STREAM_END.length;
    if (end < 0 || !this.#held.subarray(end).equals(STREAM_END)) {
      done(new LaunchError('internal', 'the files could not be read to their end', 0));
      return;
    }
    done(null, end === 0 ? undefined : this.#held.subarray(0, end));
  }
}

function writeView(writer: FrameWriter, view: ContainerView): FrameWriter {
  if ('process' in view) {
    return writer.bool(true).u32(view.process.pid).u64(view.process.startTime).bool(view.bare);
  }
  const { root, mounts } = view;
  writer.bool(false).strings(root.lower).string(root.upper).string(root.work).bool(root.readonly);
  return writer.list(mounts, (step) => {
    writeMount(writer, step);
  });
}

function readPlace(reader: FrameReader): Place {
  const mode = reader.u32();
  const size = Number(reader.u64());
  const seconds = BigInt.asIntN(64, reader.u64());
  const modified = seconds * 1_000_000_000n + BigInt(reader.u32());
  return { mode, size, modified, parent: reader.string(), link: reader.string(), end: reader.string() };
}

function readChanges(bytes: Buffer): LayerChange[] {
  const changes: LayerChange[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at + 1);
    const kind = CHANGE_KINDS[bytes[at] ?? 0] ?? 'modified';
    changes.push({ kind, path: `/${bytes.toString('utf8', at + 1, end)}` });
    at = end + 1;
  }
  return changes;
}
