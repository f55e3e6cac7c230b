import { useState } from 'react';
import { Link } from 'wouter';
import type { LogMatch } from '../../../runtime/contract/log-search.ts';
import { logSearch as texts } from '../../strings/log-search.ts';
import { Button } from '../../ui/Button.tsx';
import { formatTime } from '../../ui/format.ts';
import { blocksOf, type FoundIn } from './log-search.ts';
import { logPathAt } from './log-path.ts';
import css from './SearchLogsView.module.css';

/** Matches that are drawn at once. */
const PAGE = 50;

/** How many blocks have so many matches, the last of them whole. */
function blocksWith(blocks: readonly (readonly LogMatch[])[], matches: number): number {
  let [count, sum] = [0, 0];
  for (const block of blocks) {
    if (sum >= matches) break;
    sum += block.length;
    count += 1;
  }
  return count;
}

/** What was found in one log, the newest first. */
export function FoundLog({ found }: { readonly found: FoundIn }) {
  const [most, setMost] = useState(PAGE);
  const { source, progress, matches } = found;
  const all = progress?.found ?? matches.length;
  const blocks = blocksOf(matches);
  const shown = blocks.slice(0, blocksWith(blocks, most));
  const left = matches.length - shown.flat().length;
  return (
    <section className={css['log']} aria-label={source.name}>
      <header className={css['head']}>
        <h2>
          <Link href={source.removed ? '/containers/trash' : `/containers/${source.id}/logs`}>{source.name}</Link>
        </h2>
        {source.removed && <span className={css['removed']}>{texts.removed}</span>}
        <span>
          {progress?.state === 'failed'
            ? progress.error
            : all > matches.length
              ? texts.newest(matches.length, all)
              : texts.matches(all)}
        </span>
      </header>
      <ol>
        {shown.map((block, at) => (
          // From the other end: newer ones come before it.
          <li key={blocks.length - at} className={css['block']}>
            {block.map((match) => (
              <Match key={`${match.time} ${String(match.nth)}`} source={source} match={match} />
            ))}
          </li>
        ))}
      </ol>
      {left > 0 && (
        <Button
          size="small"
          variant="quiet"
          onClick={() => {
            setMost(most + 4 * PAGE);
          }}
        >
          {texts.more(Math.min(4 * PAGE, left))}
        </Button>
      )}
    </section>
  );
}

function Match({ source, match }: { readonly source: FoundIn['source']; readonly match: LogMatch }) {
  const { text, at, before, after, stderr } = match;
  const time = formatTime(Date.parse(match.time));
  return (
    <>
      <Around lines={before} />
      <div className={css['match']} data-stderr={stderr}>
        <span className={css['hit']}>
          {text.slice(0, at[0])}
          <mark>{text.slice(...at)}</mark>
          {text.slice(at[1])}
        </span>
        <span className={css['when']}>
          <time dateTime={match.time}>{time}</time>
          {source.removed ? (
            <Link href="/containers/trash" className={css['jump']}>
              {texts.toTrash}
            </Link>
          ) : (
            <Link
              href={logPathAt(source.id, match)}
              className={css['jump']}
              aria-label={texts.openAt(source.name, time)}
            >
              {texts.open}
            </Link>
          )}
        </span>
      </div>
      <Around lines={after} />
    </>
  );
}

/** The lines before or after a match. */
function Around({ lines }: { readonly lines: readonly string[] }) {
  return lines.map((line, index) => (
    <div key={index} className={css['around']}>
      {line}
    </div>
  ));
}
