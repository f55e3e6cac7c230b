import * as z from 'zod/mini';
import { call, id, KIB, labels, nothing, objectName, stream, text, type Nothing } from './define.ts';

/** A container that uses something. */
export interface UserOf {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
}

/** One row of the volumes list. */
export interface VolumeSummary {
  readonly name: string;
  readonly driver: string;
  readonly mountpoint: string;
  /** Milliseconds since the epoch; 0 when the engine does not tell. */
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Made by a container for itself, with a name nobody chose. */
  readonly anonymous: boolean;
  readonly usedBy: readonly UserOf[];
}

/** How far bytes have got. */
export interface ByteProgress {
  readonly bytes: number;
}

/** Channels of volumes. */
export const volumeChannels = {
  'volumes.list': call<readonly VolumeSummary[]>()(nothing),
  /** Bytes by name. Slow where volumes are large: the engine counts the files. */
  'volumes.sizes': call<Readonly<Record<string, number>>>()(nothing, 300_000),
  'volumes.create': call<{ readonly name: string }>()(
    z.object({ name: z.optional(objectName), driver: z.optional(id), labels, options: z.record(z.string(), text) }),
  ),
  /** Fails with `in-use` while a container has it. */
  'volumes.remove': call<Nothing>()(z.object({ name: objectName }), 60_000),
  'volumes.prune': call<{ readonly deleted: number; readonly reclaimedBytes: number }>()(
    z.object({ all: z.boolean() }),
    300_000,
  ),
  /** Bytes: a gzipped tar of the files. */
  'volumes.backup': stream<ByteProgress>()(z.object({ name: objectName }), 1024 * KIB),
  /** Takes the bytes of a tar, gzipped or not, into a volume, which is made if there is none. */
  'volumes.restore': stream<ByteProgress>()(z.object({ name: objectName }), 64 * KIB, z.object({})),
};
