import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { duplexMethod, type GrpcMethod, type ServerCall } from '../grpc/server.ts';
import { Patterns } from '../path-patterns.ts';
import { followedPaths } from './followed-paths.ts';
import { goMode, type FileKind } from './go-mode.ts';
import { packetMessage, PacketType, SESSION_METHODS, type Packet } from './session-messages.ts';

/** A directory that a build may read: one of this machine, or a few texts that are in none. */
export type OfferedDirectory = { readonly root: string } | { readonly texts: ReadonlyMap<string, string> };

/** Bytes of one message; gRPC's own limit is 4 MiB. */
const PIECE = 1024 * 1024;

/** What is told of a file, and where its bytes are. */
interface Offered {
  readonly stat: NonNullable<Parameters<Send>[0]['stat']>;
  readonly content: string | { readonly text: Buffer } | null;
}

type Send = Parameters<Parameters<typeof duplexMethod<Packet, Packet>>[1]>[1];

/**
 * `FileSync.DiffCopy`, the sending side of BuildKit's file protocol: tells of all files that are wanted, and sends the
 * contents of those that are asked for. `directories`: what may be read, by its name.
 */
export function fileMethods(directories: ReadonlyMap<string, OfferedDirectory>): [string, GrpcMethod][] {
  return [
    [
      SESSION_METHODS.diffCopy,
      duplexMethod([packetMessage, packetMessage], async (requests, send, call) => {
        try {
          await serve(directories, requests, send, call);
        } catch (error) {
          await send({ type: PacketType.error, data: Buffer.from(messageOf(error)) });
          throw error;
        }
      }),
    ],
  ];
}

/** Values of the metadata, decoded where they were encoded to fit into headers. */
function valuesOf({ values }: ServerCall, name: string): string[] {
  const isEncoded = values(`${name}-encoded`)[0] === '1';
  return values(name).map((value) => (isEncoded ? decodeURIComponent(value) : value));
}

async function serve(
  directories: ReadonlyMap<string, OfferedDirectory>,
  requests: AsyncIterable<Packet>,
  send: Send,
  call: ServerCall,
): Promise<void> {
  const [name = ''] = valuesOf(call, 'dir-name');
  const directory = directories.get(name);
  if (directory === undefined) throw new Error(`no access allowed to dir ${JSON.stringify(name)}`);
  const wanted = { exclude: valuesOf(call, 'exclude-patterns'), follow: valuesOf(call, 'followpaths') };
  const offered: Offered[] = [];
  const tell = async (): Promise<void> => {
    for await (const one of 'root' in directory ? filesOf(directory.root, wanted) : textsOf(directory.texts, wanted)) {
      offered.push(one);
      await send({ type: PacketType.stat, stat: one.stat });
    }
    await send({ type: PacketType.stat });
  };
  const answer = async (): Promise<void> => {
    for await (const packet of requests) {
      if (packet.type === PacketType.error) throw new Error(Buffer.from(packet.data).toString());
      if (packet.type === PacketType.finish) {
        await send({ type: PacketType.finish });
        return;
      }
      if (packet.type === PacketType.request) await sendContent(offered[packet.id], packet.id, send);
    }
  };
  await Promise.all([tell(), answer()]);
}

async function sendContent(file: Offered | undefined, id: number, send: Send): Promise<void> {
  if (file === undefined || file.content === null) throw new Error(`invalid file id ${id}`);
  const { content } = file;
  if (typeof content === 'string')
    for await (const data of createReadStream(content, { highWaterMark: PIECE }) as AsyncIterable<Buffer>)
      await send({ type: PacketType.data, id, data });
  else if (content.text.length > 0) await send({ type: PacketType.data, id, data: content.text });
  await send({ type: PacketType.data, id });
}

interface Wanted {
  readonly exclude: readonly string[];
  readonly follow: readonly string[];
}

async function* textsOf(texts: ReadonlyMap<string, string>, { follow }: Wanted): AsyncGenerator<Offered, void> {
  for (const [path, text] of texts) {
    if (follow.length > 0 && !follow.includes(path)) continue;
    const bytes = Buffer.from(text);
    const stat = { path, mode: goMode('file', 0o644), size: BigInt(bytes.length) };
    yield await Promise.resolve({ stat, content: { text: bytes } });
  }
}

/** Everything in a directory that is wanted, parents before what is in them. */
async function* filesOf(root: string, { exclude, follow }: Wanted): AsyncGenerator<Offered, void> {
  const patterns = new Patterns(exclude);
  const followed = follow.length === 0 ? null : await followedPaths(root, follow);
  async function* walk(below: string): AsyncGenerator<Offered, void> {
    const names = await readdir(join(root, below));
    for (const name of names.sort()) {
      const path = below === '' ? name : `${below}/${name}`;
      const use = followed === null ? 'whole' : useOf(path, followed);
      if (use === 'none') continue;
      const isLeftOut = patterns.matches(path);
      if (isLeftOut && !patterns.hasExceptions) continue;
      const one = await offeredOf(root, path);
      if (one === null) continue;
      if (!isLeftOut) yield one.offered;
      if (one.kind !== 'directory') continue;
      // A directory is told of with what is kept in it, even if it is left out itself.
      let isTold = !isLeftOut;
      for await (const inner of walk(path)) {
        if (!isTold) yield one.offered;
        isTold = true;
        yield inner;
      }
    }
  }
  yield* walk('');
}

/** Whether a path is wanted with all in it, for the sake of something in it, or not at all. */
function useOf(path: string, followed: ReadonlySet<string>): 'whole' | 'parent' | 'none' {
  if (followed.has('')) return 'whole';
  for (const one of followed) {
    if (path === one || path.startsWith(`${one}/`)) return 'whole';
    if (one.startsWith(`${path}/`)) return 'parent';
  }
  return 'none';
}

async function offeredOf(root: string, path: string): Promise<{ offered: Offered; kind: FileKind } | null> {
  const full = join(root, path);
  const stats = await lstat(full, { bigint: true });
  const kind = stats.isDirectory()
    ? 'directory'
    : stats.isSymbolicLink()
      ? 'symlink'
      : stats.isFile()
        ? 'file'
        : stats.isFIFO()
          ? 'fifo'
          : null;
  if (kind === null) return null;
  const stat = {
    path,
    mode: goMode(kind, Number(stats.mode) & 0o7777),
    size: kind === 'file' ? stats.size : 0n,
    modTime: stats.mtimeNs,
    linkname: kind === 'symlink' ? await readlink(full) : '',
  };
  return { offered: { stat, content: kind === 'file' ? full : null }, kind };
}
