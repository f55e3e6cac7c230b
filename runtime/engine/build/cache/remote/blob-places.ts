import type { Descriptor } from '../../../images/manifest.ts';
import type { Digest } from '../../../store/digest.ts';

/** Where blobs of a cache come from. */
export interface BlobSource {
  open(blob: Descriptor, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** A content store of the client, to be read. */
export interface ClientContent extends BlobSource {
  read(digest: Digest, signal: AbortSignal): Promise<Buffer>;
}

/** What blobs of a cache are written to. */
export interface BlobTarget {
  has(blob: Descriptor): Promise<boolean>;
  /** Writes a blob whose bytes are in a file. */
  put(blob: Descriptor, path: string): Promise<void>;
  /** Writes the manifest, last. */
  finish(bytes: Buffer, mediaType: string): Promise<void>;
}
