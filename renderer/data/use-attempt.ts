import { useEffect, useRef, useState } from 'react';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { drop } from './drop.ts';

/** What a dialog tries to do. */
export interface Attempt {
  /** Whether it is being tried. */
  readonly busy: boolean;
  /** Why the last one failed. */
  readonly failure: BridgeError | null;
  /** Tries it, unless it is being tried; `signal` is aborted when the dialog is closed. */
  readonly attempt: (work: (signal: AbortSignal) => Promise<unknown>) => void;
  /** What was tried has changed: the reason no longer applies. */
  readonly forget: () => void;
}

/** One attempt at a time at what a dialog is for. */
export function useAttempt(): Attempt {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<BridgeError | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(
    () => () => {
      running.current?.abort();
    },
    [],
  );
  const attempt = (work: (signal: AbortSignal) => Promise<unknown>): void => {
    if (running.current !== null) return;
    const controller = new AbortController();
    running.current = controller;
    setBusy(true);
    setFailure(null);
    drop(
      work(controller.signal)
        .catch((thrown: unknown) => {
          const error = BridgeError.from(thrown);
          if (error.code !== 'cancelled') setFailure(error);
        })
        .finally(() => {
          running.current = null;
          setBusy(false);
        }),
    );
  };
  return {
    busy,
    failure,
    attempt,
    forget: () => {
      setFailure(null);
    },
  };
}
