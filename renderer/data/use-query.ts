import { useCallback, useEffect, useState } from 'react';
import type { CallName, InputOf, OutputOf } from '../../runtime/contract/contract.ts';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { call } from './connection.ts';
import { drop } from './drop.ts';

interface QueryState<T> {
  readonly data: T | null;
  readonly error: BridgeError | null;
}

/**
 * The answer of a call, fetched again when its input or `version` changes. What was there stays until the new answer
 * comes; an answer that is no longer wanted is cancelled.
 */
export function useQuery<K extends CallName>(
  name: K,
  input: InputOf<K>,
  version: unknown,
): QueryState<OutputOf<K>> & { readonly retry: () => void } {
  const [state, setState] = useState<QueryState<OutputOf<K>>>({ data: null, error: null });
  const [attempt, setAttempt] = useState(0);
  const key = JSON.stringify(input);
  useEffect(() => {
    const controller = new AbortController();
    const fetch = async () => {
      try {
        const data = await call(name, JSON.parse(key) as InputOf<K>, { signal: controller.signal });
        setState({ data, error: null });
      } catch (thrown) {
        const error = BridgeError.from(thrown);
        if (error.code !== 'cancelled') setState(({ data }) => ({ data, error }));
      }
    };
    drop(fetch());
    return () => {
      controller.abort();
    };
  }, [name, key, version, attempt]);
  const retry = useCallback(() => {
    setAttempt((count) => count + 1);
  }, []);
  return { ...state, retry };
}
