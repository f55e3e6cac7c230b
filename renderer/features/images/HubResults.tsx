import { BadgeCheck, Star } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { SearchResult } from '../../../runtime/contract/images.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { images as texts } from '../../strings/images.ts';
import { number } from '../../strings/language.ts';
import css from './PullDialog.module.css';

/** A pause in typing, in milliseconds: Docker Hub is not asked for every letter. */
const PAUSE_MS = 350;

interface Found {
  readonly term: string;
  readonly results: readonly SearchResult[];
  readonly error: BridgeError | null;
}

/** What Docker Hub has by a name. That it cannot be asked is said quietly: the name may be right all the same. */
export function HubResults({ term, onChoose }: { readonly term: string; readonly onChoose: (name: string) => void }) {
  const [found, setFound] = useState<Found | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      drop(
        call('images.search', { term }, { signal: controller.signal }).then(
          (results) => {
            setFound({ term, results, error: null });
          },
          (thrown: unknown) => {
            const error = BridgeError.from(thrown);
            if (error.code !== 'cancelled') setFound({ term, results: [], error });
          },
        ),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [term]);
  const status =
    found === null || found.term !== term
      ? texts.searching
      : found.error !== null
        ? texts.notSearched
        : found.results.length === 0
          ? texts.nothingFound
          : texts.onHub(found.results.length);
  return (
    <div className={css['hub']}>
      <p role="status" className={css['note']}>
        {status}
      </p>
      {found !== null && found.results.length > 0 && (
        <ul className={css['results']} aria-label={texts.hubResults}>
          {found.results.map(({ name, description, stars, official }) => (
            <li key={name}>
              <button
                type="button"
                className={css['result']}
                onClick={() => {
                  onChoose(name);
                }}
              >
                <span className={css['resultName']}>
                  {name}
                  {official && (
                    <span className={css['official']}>
                      <BadgeCheck size={13} aria-hidden />
                      {texts.official}
                    </span>
                  )}
                  <span className={css['stars']} title={texts.stars(number(stars))}>
                    <Star size={12} aria-hidden />
                    {number(stars)}
                  </span>
                </span>
                <span className={css['resultText']}>{description}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
