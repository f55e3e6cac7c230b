import type { StatsSample } from '../../runtime/contract/stats.ts';

/** Samples kept of each container: two minutes of a line that moves every two seconds. */
export const HISTORY = 60;

/** What is known of one container. Histories have the oldest first. */
export interface LiveStats {
  readonly latest: StatsSample;
  /** Processors used. */
  readonly cpus: readonly number[];
  /** Bytes. */
  readonly memory: readonly number[];
  /** Bytes a second, received and sent together. */
  readonly network: readonly number[];
  /** Bytes a second of late; null until there are two samples of one run. */
  readonly rate: { readonly received: number; readonly sent: number } | null;
}

const append = (history: readonly number[] = [], value: number | undefined): readonly number[] =>
  value === undefined ? history : [...history, value].slice(-HISTORY);

/** What is known once a sample has come. */
export function withSample(before: LiveStats | undefined, sample: StatsSample): LiveStats {
  const rate = before === undefined ? null : rateBetween(before.latest, sample);
  return {
    latest: sample,
    cpus: append(before?.cpus, sample.cpus ?? undefined),
    memory: append(before?.memory, sample.memoryBytes),
    network: append(before?.network, rate === null ? undefined : rate.received + rate.sent),
    rate,
  };
}

function rateBetween(before: StatsSample, sample: StatsSample): LiveStats['rate'] {
  const seconds = (sample.at - before.at) / 1000;
  const received = (sample.netRx - before.netRx) / seconds;
  const sent = (sample.netTx - before.netTx) / seconds;
  // Totals begin anew when the container does.
  return seconds > 0 && received >= 0 && sent >= 0 ? { received, sent } : null;
}
