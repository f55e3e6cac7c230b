import * as z from 'zod/mini';
import { call, id, nothing, type Nothing } from './define.ts';

/** A container that was removed and can come back. */
export interface TrashedContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** Milliseconds since the epoch. */
  readonly removedAt: number;
  /** What it has written, in bytes. */
  readonly sizeBytes: number;
}

/** Channels of the trash. Other engines than our own have none: then it is empty, and `kept` false. */
export const trashChannels = {
  'trash.list': call<{ readonly kept: boolean; readonly rows: readonly TrashedContainer[] }>()(nothing, 60_000),
  /** Brings a container back, under another name when its own is in use by now. */
  'trash.restore': call<{ readonly id: string; readonly name: string }>()(z.object({ id })),
  'trash.delete': call<Nothing>()(z.object({ id }), 60_000),
  'trash.empty': call<{ readonly deleted: number }>()(nothing, 120_000),
};
