import type { AppliedLayer, LaunchFailureKind } from '../launcher/types.ts';
import type { Digest } from './digest.ts';

/** Where the uncompressed archive of a layer goes: a process of the launcher, which unpacks it. */
export interface LayerSink {
  /** The launcher's socket. */
  readonly socketPath: string;
  /** The frame that asks for the unpacking; the archive follows it. */
  readonly request: Uint8Array;
}

/** What the layer worker does with one layer. */
export interface LayerJob {
  /** A stored blob to read, or null when the bytes come as messages. */
  readonly readPath: string | null;
  /** A new file to write the bytes to as they come, or null. fsynced at the end. */
  readonly writePath: string | null;
  /** Who unpacks it; null: it is only stored and hashed. */
  readonly sink: LayerSink | null;
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
  | { readonly type: 'cancel' };

/** Why a layer could not be unpacked: a LaunchError as it travels between threads. */
export interface Refusal {
  readonly kind: LaunchFailureKind;
  readonly message: string;
  readonly errno: number;
}

/** How a layer's unpacking went. */
export type LayerOutcome =
  { readonly applied: AppliedLayer } | { readonly refusal: Refusal } | { readonly nobody: true };

export type FromWorker =
  | { readonly type: 'took'; readonly count: number }
  | {
      readonly type: 'done';
      readonly blobDigest: Digest;
      readonly blobSize: number;
      readonly diffId: Digest;
      readonly plainSize: number;
      readonly outcome: LayerOutcome;
    }
  | { readonly type: 'failed'; readonly message: string; readonly code: string };

/** What one layer was found to be on its way through the worker. */
export type LayerDigests = Omit<Extract<FromWorker, { type: 'done' }>, 'type' | 'outcome'>;
