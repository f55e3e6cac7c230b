import { createHash, hash } from 'node:crypto';
import { EngineError } from '../../errors.ts';
import type { GrpcCall } from '../../../common/grpc/client.ts';
import type { TreeEntry } from '../tree/file-tree.ts';
import { kindOfMode, permissionsOfMode } from '../../../common/buildkit/go-mode.ts';
import { PacketType, type Packet, type Stat } from '../../../common/buildkit/session-messages.ts';

/** Where the contents of files that are received go. */
export interface ReceiveTarget {
  /** A file that need not be sent, since it is here as `stat` says; null when it must be. */
  known(stat: Stat): TreeEntry | null;
  /** Puts bytes after those that were put before. */
  append(bytes: Uint8Array): Promise<void> | undefined;
  /** Bytes that have been put so far. */
  readonly size: number;
}

/** Files up to this size are held until they are whole; larger ones come alone and go straight to the target. */
const HELD_SIZE_MAX = 4 * 1024 * 1024;
/** Bytes and files that are asked for at a time: what is held meanwhile stays in bounds. */
const ASKED_SIZE_MAX = 32 * 1024 * 1024;
const ASKED_FILES_MAX = 512;

interface Wanted {
  readonly id: number;
  readonly stat: Stat;
}

interface Coming {
  readonly stat: Stat;
  readonly pieces: Uint8Array[];
  /** Of one that goes straight to the target. */
  readonly direct: { readonly offset: number; readonly hash: ReturnType<typeof createHash> } | null;
  size: number;
}

/**
 * The receiving side of the fsutil protocol: the sender tells of all its files, those that are not known are asked for
 * by their number, and their contents come in pieces, several files at a time. Throws `invalid` for what the sender
 * fails of.
 */
export class FileReceiver {
  readonly #call: GrpcCall<Packet, Packet>;
  readonly #target: ReceiveTarget;
  readonly #onBytes: (received: number) => void;
  readonly #entries = new Map<string, TreeEntry>();
  readonly #wanted: Wanted[] = [];
  readonly #coming = new Map<number, Coming>();
  #next = 0;
  #count = 0;
  #askedSize = 0;
  #received = 0;
  #allTold = false;
  #isDone = false;

  constructor(call: GrpcCall<Packet, Packet>, target: ReceiveTarget, onBytes: (received: number) => void) {
    this.#call = call;
    this.#target = target;
    this.#onBytes = onBytes;
  }

  /** Everything that was sent or known, by path. */
  async receive(): Promise<ReadonlyMap<string, TreeEntry>> {
    try {
      for await (const packet of this.#call.responses()) {
        await this.#take(packet);
        if (!this.#isDone) await this.#ask();
      }
    } catch (error) {
      this.#call.cancel();
      throw error;
    }
    if (!this.#isDone) throw new EngineError('invalid', 'the client stopped sending the build context');
    return this.#entries;
  }

  async #take(packet: Packet): Promise<void> {
    switch (packet.type) {
      case PacketType.stat:
        if (packet.stat === null) this.#allTold = true;
        else this.#note(packet.stat, this.#count++);
        return;
      case PacketType.data:
        return this.#data(packet);
      case PacketType.error:
        throw new EngineError('invalid', `error from sender: ${Buffer.from(packet.data).toString()}`);
      default:
    }
  }

  #note(stat: Stat, id: number): void {
    const kind = kindOfMode(stat.mode);
    if (kind === null) return;
    if (kind !== 'file') {
      this.#entries.set(stat.path, { ...entryOf(stat, 0, ''), type: kind, link: stat.linkname, size: 0 });
      return;
    }
    const linked = stat.linkname === '' ? undefined : this.#entries.get(stat.linkname);
    if (linked !== undefined) this.#entries.set(stat.path, { ...linked, path: stat.path });
    else {
      const known = this.#target.known(stat);
      if (known !== null) this.#entries.set(stat.path, known);
      else {
        // Its place among the others is kept, though its content comes later: a link may name it.
        this.#entries.set(stat.path, entryOf(stat, 0, ''));
        this.#wanted.push({ id, stat });
      }
    }
  }

  async #ask(): Promise<void> {
    for (let one = this.#wanted[this.#next]; one !== undefined; one = this.#wanted[this.#next]) {
      const size = Number(one.stat.size);
      const isDirect = size > HELD_SIZE_MAX;
      const isFull = this.#coming.size >= ASKED_FILES_MAX || this.#askedSize + size > ASKED_SIZE_MAX;
      const isAlone = this.#coming.size === 0;
      const hasDirect = [...this.#coming.values()].some(({ direct }) => direct !== null);
      if (!isAlone && (isDirect || isFull || hasDirect)) return;
      const direct = isDirect ? { offset: this.#target.size, hash: createHash('sha256') } : null;
      this.#coming.set(one.id, { stat: one.stat, pieces: [], direct, size: 0 });
      this.#askedSize += size;
      this.#next += 1;
      await this.#call.send({ type: PacketType.request, id: one.id });
    }
    if (!this.#allTold || this.#coming.size > 0) return;
    this.#isDone = true;
    await this.#call.send({ type: PacketType.finish });
    this.#call.end();
  }

  async #data({ id, data }: Packet): Promise<void> {
    const file = this.#coming.get(id);
    if (file === undefined) throw new EngineError('invalid', `the client sent a file that was not asked for: ${id}`);
    if (data.length > 0) {
      this.#received += data.length;
      this.#onBytes(this.#received);
      file.size += data.length;
      if (file.direct === null) {
        file.pieces.push(data);
        return;
      }
      file.direct.hash.update(data);
      await this.#target.append(data);
      return;
    }
    this.#coming.delete(id);
    this.#askedSize -= Number(file.stat.size);
    if (file.direct !== null) {
      const digest = file.direct.hash.digest('hex');
      this.#entries.set(file.stat.path, { ...entryOf(file.stat, file.direct.offset, digest), size: file.size });
      return;
    }
    const content = Buffer.concat(file.pieces);
    const offset = this.#target.size;
    await this.#target.append(content);
    const entry = { ...entryOf(file.stat, offset, hash('sha256', content, 'hex')), size: file.size };
    this.#entries.set(file.stat.path, entry);
  }
}

function entryOf(stat: Stat, offset: number, content: string): TreeEntry {
  return {
    path: stat.path,
    type: 'file',
    mode: permissionsOfMode(stat.mode),
    // A context has no owners: everything in it is root's.
    uid: 0,
    gid: 0,
    size: Number(stat.size),
    modified: stat.modTime,
    link: '',
    major: Number(stat.devmajor),
    minor: Number(stat.devminor),
    attributes: new Map([...stat.xattrs].map(([name, value]) => [name, Buffer.from(value)])),
    offset,
    content,
  };
}
