import { useEffect, useRef, useState } from 'react';
import type { StatsSample } from '../../../runtime/contract/stats.ts';
import { open } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { onFrame } from '../../data/frame.ts';

/** Samples kept: two minutes at one a second. */
const SAMPLES = 120;

/** Rates between two samples, in bytes a second. */
export interface Rates {
  readonly netRx: number | null;
  readonly netTx: number | null;
  readonly blockRead: number | null;
  readonly blockWrite: number | null;
}

/** What a sample's totals grew by each second since the one before. */
export function ratesBetween(before: StatsSample | undefined, now: StatsSample): Rates {
  const seconds = before === undefined ? 0 : (now.at - before.at) / 1000;
  const rate = (name: keyof Rates): number | null =>
    before === undefined || seconds <= 0 ? null : Math.max(0, (now[name] - before[name]) / seconds);
  return { netRx: rate('netRx'), netTx: rate('netTx'), blockRead: rate('blockRead'), blockWrite: rate('blockWrite') };
}

/** The last samples of a running container, oldest first. */
export function useStatsOf(id: string, running: boolean): readonly StatsSample[] {
  const [samples, setSamples] = useState<readonly StatsSample[]>([]);
  const arrived = useRef<StatsSample[]>([]);
  const generation = useEngine((state) => state.generation);
  useEffect(() => {
    if (!running || generation === 0) return undefined;
    const apply = () => {
      const fresh = arrived.current.splice(0);
      if (fresh.length > 0) setSamples((before) => [...before, ...fresh].slice(-SAMPLES));
    };
    const stream = open(
      'stats.one',
      { id },
      {
        onItem: (sample) => {
          arrived.current.push(sample);
          onFrame(apply);
        },
      },
    );
    // The container's own state says when it ended.
    drop(stream.closed.catch(() => {}));
    return () => {
      stream.cancel();
    };
  }, [id, running, generation]);
  return samples;
}
