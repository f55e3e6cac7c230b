import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { duplexMethod, streamMethod, unaryMethod, type GrpcMethod, type ServerCall } from '../grpc/server.ts';
import { GrpcError, GrpcStatus } from '../grpc/status.ts';
import * as messages from './content-messages.ts';
import { CONTENT_METHODS, WriteAction } from './content-messages.ts';

/** Which store is meant. */
const STORE_HEADER = 'buildkit-attachable-store-id';
/** Bytes of one message; gRPC's own limit is 4 MiB. */
const PIECE = 1024 * 1024;

/**
 * containerd's content service over directories that hold OCI image layouts: blobs are read from them and written to
 * them. Only what is named by a digest can be reached. `stores`: directories by the name that is asked for.
 */
export function contentMethods(stores: ReadonlyMap<string, string>): [string, GrpcMethod][] {
  const directoryOf = ({ metadata }: ServerCall): string => {
    const name = metadata[STORE_HEADER];
    const directory = typeof name === 'string' ? stores.get(name) : undefined;
    if (directory === undefined) throw new GrpcError(GrpcStatus.notFound, `there is no content store ${String(name)}`);
    return directory;
  };
  return [
    [
      CONTENT_METHODS.info,
      unaryMethod([messages.infoRequest, messages.infoResponse], async ({ digest }, call) => {
        const size = (await found(blobPath(directoryOf(call), digest), digest)).size;
        return { info: { digest, size: BigInt(size) } };
      }),
    ],
    [
      CONTENT_METHODS.read,
      streamMethod([messages.readRequest, messages.readResponse], async ({ digest, offset, size }, send, call) => {
        const path = blobPath(directoryOf(call), digest);
        const whole = (await found(path, digest)).size;
        let at = Number(offset);
        const end = size > 0n ? Math.min(whole, at + Number(size)) : whole;
        if (at >= end) return;
        const bytes = createReadStream(path, { start: at, end: end - 1, highWaterMark: PIECE });
        for await (const data of bytes as AsyncIterable<Buffer>) {
          await send({ offset: BigInt(at), data });
          at += data.length;
        }
      }),
    ],
    [
      CONTENT_METHODS.write,
      duplexMethod([messages.writeRequest, messages.writeResponse], async (requests, send, call) => {
        const writing = new BlobWriting(directoryOf(call));
        try {
          for await (const { action, data, offset, total, expected } of requests) {
            if (action !== WriteAction.stat) await writing.write(data, Number(offset));
            const digest = action === WriteAction.commit ? await writing.commit(expected) : '';
            await send({ action, offset: BigInt(writing.size), total, digest });
          }
        } finally {
          await writing.dispose();
        }
      }),
    ],
  ];
}

/** Throws GrpcError for what is no sha256 digest, which could lead anywhere. */
function blobPath(directory: string, digest: string): string {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  if (hex === undefined) throw new GrpcError(GrpcStatus.invalidArgument, `invalid digest ${JSON.stringify(digest)}`);
  return join(directory, 'blobs/sha256', hex);
}

/** Whether a layout has the content of a digest. */
export async function hasBlob(directory: string, digest: string): Promise<boolean> {
  return stat(blobPath(directory, digest)).then(
    () => true,
    () => false,
  );
}

async function found(path: string, digest: string): Promise<{ readonly size: number }> {
  return stat(path).catch((error: unknown) => {
    throw new GrpcError(GrpcStatus.notFound, `content ${digest}: not found`, { cause: error });
  });
}

/** A blob that is coming: under a name of its own until it is whole, and what its digest says. */
class BlobWriting {
  readonly #directory: string;
  readonly #hash: Hash = createHash('sha256');
  #file: { readonly handle: FileHandle; readonly path: string } | null = null;
  size = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async write(data: Uint8Array, offset: number): Promise<void> {
    if (offset !== this.size && data.length > 0)
      throw new GrpcError(GrpcStatus.invalidArgument, `a write at ${offset} of a blob of ${this.size} bytes`);
    this.#file ??= await this.#open();
    this.#hash.update(data);
    for (let at = 0; at < data.length;) {
      const { bytesWritten } = await this.#file.handle.write(data, at);
      at += bytesWritten;
    }
    this.size += data.length;
  }

  async #open(): Promise<{ handle: FileHandle; path: string }> {
    await mkdir(join(this.#directory, 'ingest'), { recursive: true });
    await mkdir(join(this.#directory, 'blobs/sha256'), { recursive: true });
    const path = join(this.#directory, 'ingest', `berth-${process.pid}-${Math.random().toString(36).slice(2)}`);
    return { handle: await open(path, 'wx'), path };
  }

  /** Returns the digest. Throws GrpcError when it is another one than was expected. */
  async commit(expected: string): Promise<string> {
    const digest = `sha256:${this.#hash.digest('hex')}`;
    if (expected !== '' && expected !== digest)
      throw new GrpcError(GrpcStatus.invalidArgument, `content ${digest} came for ${expected}`);
    const file = this.#file;
    if (file === null) throw new GrpcError(GrpcStatus.invalidArgument, 'a blob without content');
    this.#file = null;
    await file.handle.close();
    await rename(file.path, blobPath(this.#directory, digest));
    return digest;
  }

  async dispose(): Promise<void> {
    if (this.#file === null) return;
    await this.#file.handle.close();
    await rm(this.#file.path, { force: true });
  }
}

/** A manifest as an index names it. */
interface IndexEntry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Annotation of the name that a manifest of a layout has. */
const NAME_ANNOTATION = 'org.opencontainers.image.ref.name';

/** The digest of the manifest that a layout has under a tag. null when there is none, or no layout. */
export async function taggedDigest(directory: string, tag: string): Promise<string | null> {
  const entries = await readIndex(directory);
  const named = entries.find(({ annotations }) => annotations?.[NAME_ANNOTATION] === tag);
  // A layout of one manifest without a name is what its writer meant.
  const found = named ?? (entries.length === 1 && tag === 'latest' ? entries[0] : undefined);
  return found?.digest ?? null;
}

async function readIndex(directory: string): Promise<readonly IndexEntry[]> {
  const text = await readFile(join(directory, 'index.json'), 'utf8').catch(() => null);
  if (text === null) return [];
  return (JSON.parse(text) as { manifests?: IndexEntry[] }).manifests ?? [];
}

/** Names a manifest whose blobs are there, and makes the directory an OCI image layout. */
export async function nameManifest(directory: string, tag: string, entry: IndexEntry): Promise<void> {
  const others = (await readIndex(directory)).filter(({ annotations }) => annotations?.[NAME_ANNOTATION] !== tag);
  const manifests = [...others, { ...entry, annotations: { [NAME_ANNOTATION]: tag } }];
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  const path = join(directory, 'index.json');
  await writeFile(`${path}.berth`, JSON.stringify(index));
  await rename(`${path}.berth`, path);
  await rm(join(directory, 'ingest'), { recursive: true, force: true });
}
