import { useCallback, useEffect, useState } from 'react';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { call } from './connection.ts';
import { drop } from './drop.ts';

/** What is asked for: the tags of a repository, or the repositories of a registry. */
export type ListingQuestion =
  | { readonly kind: 'registry'; readonly registry: string }
  | { readonly kind: 'repository'; readonly repository: string };

interface ListingState {
  /** The question that this answers. */
  readonly key: string;
  /** null until the first page has come. */
  readonly names: readonly string[] | null;
  /** What asks for the next page; empty when all have come. */
  readonly next: string;
  readonly busy: boolean;
  readonly error: BridgeError | null;
}

function ask(question: ListingQuestion, next: string, signal?: AbortSignal) {
  const options = signal === undefined ? {} : { signal };
  return question.kind === 'registry'
    ? call('registries.repositories', { registry: question.registry, next }, options)
    : call('registries.tags', { repository: question.repository, next }, options);
}

/** What a registry lists, page by page. */
export function useListing(
  question: ListingQuestion,
): ListingState & { readonly more: () => void; readonly retry: () => void } {
  const key = JSON.stringify(question);
  const start: ListingState = { key, names: null, next: '', busy: true, error: null };
  const [state, setState] = useState(start);
  const [attempt, setAttempt] = useState(0);
  const shown = state.key === key ? state : start;
  useEffect(() => {
    const controller = new AbortController();
    setState({ key, names: null, next: '', busy: true, error: null });
    drop(
      ask(JSON.parse(key) as ListingQuestion, '', controller.signal).then(
        ({ names, next }) => {
          setState({ key, names, next, busy: false, error: null });
        },
        (thrown: unknown) => {
          const error = BridgeError.from(thrown);
          if (error.code !== 'cancelled') setState({ key, names: null, next: '', busy: false, error });
        },
      ),
    );
    return () => {
      controller.abort();
    };
  }, [key, attempt]);
  const more = useCallback(() => {
    setState((before) => ({ ...before, busy: true }));
    drop(
      ask(JSON.parse(key) as ListingQuestion, shown.next).then(
        (page) => {
          setState((before) =>
            before.key === key
              ? { ...before, names: [...(before.names ?? []), ...page.names], next: page.next, busy: false }
              : before,
          );
        },
        (thrown: unknown) => {
          const error = BridgeError.from(thrown);
          setState((before) => (before.key === key ? { ...before, busy: false, error } : before));
        },
      ),
    );
  }, [key, shown.next]);
  const retry = useCallback(() => {
    setAttempt((count) => count + 1);
  }, []);
  return { ...shown, more, retry };
}
