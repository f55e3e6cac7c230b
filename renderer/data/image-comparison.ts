import { useCallback, useEffect, useState } from 'react';
import type { ComparedFile, ComparisonTotals } from '../../runtime/contract/images.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { open } from './connection.ts';
import { drop } from './drop.ts';
import { onFrame } from './frame.ts';

interface ComparisonState {
  /** Which images this is about. */
  readonly key: string;
  readonly files: readonly ComparedFile[];
  /** null until both have been read. */
  readonly totals: ComparisonTotals | null;
  /** Bytes read so far. */
  readonly bytes: number;
  readonly error: BridgeError | null;
}

/** The latest comparison is kept: it takes reading both images, and one looks at something else in between. */
let kept: ComparisonState | null = null;

const start = (key: string): ComparisonState =>
  kept?.key === key ? kept : { key, files: [], totals: null, bytes: 0, error: null };

/** What files two images (by their ids) do not have alike, read while something shows it. */
export function useImageComparison(earlier: string, later: string): ComparisonState & { readonly retry: () => void } {
  const key = `${earlier} ${later}`;
  const [state, setState] = useState(() => start(key));
  const [attempt, setAttempt] = useState(0);
  const shown = state.key === key ? state : start(key);
  useEffect(() => {
    const initial = start(key);
    setState(initial);
    if (initial.totals !== null) return undefined;
    const files: ComparedFile[] = [];
    let totals: ComparisonTotals | null = null;
    let bytes = 0;
    const tell = () => {
      setState((before) => (before.key === key && before.totals === null ? { ...before, bytes } : before));
    };
    const stream = open(
      'images.compare',
      { earlier, later },
      {
        onItem: (item) => {
          if (item.kind === 'progress') {
            bytes = item.bytes;
            onFrame(tell);
          } else if (item.kind === 'totals') ({ totals } = item);
          else files.push(...item.files);
        },
      },
    );
    drop(
      stream.closed.then(
        () => {
          kept = { key, files, totals, bytes, error: null };
          setState(kept);
        },
        (thrown: unknown) => {
          const error = BridgeError.from(thrown);
          if (error.code !== 'cancelled') setState({ ...start(key), error });
        },
      ),
    );
    return () => {
      stream.cancel();
    };
  }, [key, earlier, later, attempt]);
  const retry = useCallback(() => {
    setAttempt((count) => count + 1);
  }, []);
  return { ...shown, retry };
}
