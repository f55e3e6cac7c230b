import { useEffect, useState } from 'react';
import type { BuildStep } from '../../../runtime/contract/builds.ts';
import { startBuilds, useBuildsState } from '../../data/builds.ts';
import { open } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { onFrame } from '../../data/frame.ts';
import { BuildLog } from './build-log.ts';

/** How often the bars of a build that goes on grow, in milliseconds. */
const TICK_MS = 200;

/** The list of builds; follows them from the first time that something looks. */
export function useBuilds(): ReturnType<typeof useBuildsState.getState> {
  useEffect(startBuilds, []);
  return useBuildsState();
}

/** Steps and output of a build, as they come. */
export function useBuildWatch(ref: string): { readonly steps: readonly BuildStep[]; readonly log: BuildLog } {
  const generation = useEngine((state) => state.generation);
  const [state, setState] = useState(() => ({ steps: [] as readonly BuildStep[], log: new BuildLog() }));
  useEffect(() => {
    if (generation === 0) return undefined;
    const steps = new Map<string, BuildStep>();
    const log = new BuildLog();
    const nameOf = (step: string): string => steps.get(step)?.stage ?? '';
    const show = (): void => {
      setState({ steps: [...steps.values()], log });
    };
    const tell = (): void => {
      log.changed.emit();
    };
    const stream = open(
      'builds.watch',
      { ref },
      {
        onItem: ({ steps: changed, output }) => {
          for (const step of changed) steps.set(step.id, step);
          log.push(output, nameOf);
          if (changed.length > 0) onFrame(show);
          if (output.length > 0) onFrame(tell);
        },
      },
    );
    const ended = stream.closed.then(
      () => {
        log.end(nameOf);
        show();
        onFrame(tell);
      },
      // A build that is gone is told of by the list, an engine that is gone by the banner.
      () => undefined,
    );
    drop(ended);
    return () => {
      stream.cancel();
    };
  }, [ref, generation]);
  return state;
}

/** The time, again and again while `isRunning`. In milliseconds since the epoch. */
export function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => {
      setNow(Date.now());
    }, TICK_MS);
    return () => {
      clearInterval(timer);
    };
  }, [isRunning]);
  return now;
}
