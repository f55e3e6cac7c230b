import type { Digest } from './digest.ts';

/** What the layer worker does with one layer. */
export interface LayerJob {
  /** A stored blob to read, or null when the bytes come as messages. */
  readonly readPath: string | null;
  /** A new file to write the bytes to as they come, or null. fsynced at the end. */
  readonly writePath: string | null;
  /** Send the uncompressed bytes back. */
  readonly emitPlain: boolean;
  /** Bytes; more than this uncompressed is refused. */
  readonly maxPlainSize: number;
  /** Uncompressed to compressed; more is refused once `ratioFloor` bytes came out. */
  readonly maxRatio: number;
  readonly ratioFloor: number;
}

export type ToWorker =
  | { readonly type: 'start'; readonly job: LayerJob }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'credit'; readonly count: number };

export type FromWorker =
  | { readonly type: 'took'; readonly count: number }
  | { readonly type: 'plain'; readonly bytes: Uint8Array }
  | {
      readonly type: 'done';
      readonly blobDigest: Digest;
      readonly blobSize: number;
      readonly diffId: Digest;
      readonly plainSize: number;
    }
  | { readonly type: 'failed'; readonly message: string; readonly code: string };

/** Outcome of one layer's way through the worker. */
export type LayerDigests = Omit<Extract<FromWorker, { type: 'done' }>, 'type'>;
