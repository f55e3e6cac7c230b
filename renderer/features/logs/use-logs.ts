import { useEffect } from 'react';
import { open } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { onFrame } from '../../data/frame.ts';
import type { LogBuffer } from '../../ui/log/log-buffer.ts';
import { useLatest } from '../../ui/use-latest.ts';

/** Lines asked for when the log is first opened: some screens, and what a search is likely to be for. */
const TAIL_LINES = 10_000;

/**
 * Keeps a buffer filled with a container's log for as long as the component lives. After a break (engine or page
 * connection lost, container started again) the stream goes on after the last line that came.
 */
export function useLogs(buffer: LogBuffer, id: string, running: boolean, onChange: () => void): void {
  const notify = useLatest(onChange);
  const generation = useEngine((state) => state.generation);
  useEffect(() => {
    if (generation === 0) return undefined;
    const since = buffer.resume();
    const pending: (() => void)[] = [];
    // Credit goes back once a frame: a page that paints no frames takes no more lines.
    const settle = () => {
      for (const done of pending.splice(0)) done();
      notify.current();
    };
    const stream = open(
      'logs',
      { id, follow: true, tail: since === undefined ? TAIL_LINES : null, ...(since === undefined ? {} : { since }) },
      {
        onData: (bytes, done) => {
          buffer.push(bytes);
          pending.push(done);
          onFrame(settle);
        },
      },
    );
    // A failure shows in the engine banner or as the container's state; the next generation opens it again.
    drop(stream.closed.catch(() => {}));
    return () => {
      stream.cancel();
    };
  }, [buffer, id, running, generation, notify]);
}
