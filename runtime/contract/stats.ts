import * as z from 'zod/mini';
import { call, KIB, nothing, objectName, stream } from './define.ts';

/** One measurement of a container. */
export interface StatsSample {
  readonly id: string;
  readonly at: number;
  /** Processors used, 1 is one whole processor; null for the first sample, which has nothing to compare with. */
  readonly cpus: number | null;
  readonly memoryBytes: number;
  /** 0 for none. */
  readonly memoryLimit: number;
  readonly pids: number;
  /** Totals since the container started, in bytes. */
  readonly netRx: number;
  readonly netTx: number;
  readonly blockRead: number;
  readonly blockWrite: number;
}

/** What a container used on the average of some time that ended at `at`: processors, bytes, and bytes a second. */
export interface StatsPoint {
  readonly at: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly netRx: number;
  readonly netTx: number;
  readonly blockRead: number;
  readonly blockWrite: number;
}

/** How far back a history reaches. */
export const STATS_RANGES = ['hour', 'day', 'week'] as const;
export type StatsRange = (typeof STATS_RANGES)[number];

/** Channels of measurements. */
export const statsChannels = {
  /** The newest sample of every running container, all at once; again after each batch was taken. */
  'stats.all': stream<readonly StatsSample[]>()(nothing, 256 * KIB),
  /** What a container used in the past, as far as the app ran then; the oldest first. */
  'stats.history': call<readonly StatsPoint[]>()(z.object({ id: objectName, range: z.enum(STATS_RANGES) })),
  /** One container, once a second, in order. */
  'stats.one': stream<StatsSample>()(z.object({ id: objectName }), 64 * KIB),
};
