import { useState } from 'react';
import { Link } from 'wouter';
import type { LogMatch } from '../../../runtime/contract/log-search.ts';
import { logSearch as texts } from '../../strings/log-search.ts';
import { Button } from '../../ui/Button.tsx';
import { formatTime } from '../../ui/format.ts';
import type { FoundIn } from './log-search.ts';
import { logPathAt } from './log-path.ts';
import css from './SearchLogsView.module.css';

/** Matches that are drawn at once. */
const PAGE = 50;

/** What was found in one log, the newest first. */
export function FoundLog({ found }: { readonly found: FoundIn }) {
  const [most, setMost] = useState(PAGE);
  const { source, progress, matches } = found;
  const all = progress?.found ?? matches.length;
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
        {matches.slice(0, most).map((match, at) => (
          // From the other end: newer ones come before it.
          <Match key={matches.length - at} source={source} match={match} />
        ))}
      </ol>
      {matches.length > most && (
        <Button
          size="small"
          variant="quiet"
          onClick={() => {
            setMost(most + 4 * PAGE);
          }}
        >
          {texts.more(Math.min(4 * PAGE, matches.length - most))}
        </Button>
      )}
    </section>
  );
}

function Match({ source, match }: { readonly source: FoundIn['source']; readonly match: LogMatch }) {
  const { text, at, before, after, stderr } = match;
  const time = formatTime(Date.parse(match.time));
  return (
    <li className={css['match']}>
      <div className={css['when']}>
        <time dateTime={match.time}>{time}</time>
        {source.removed ? (
          <Link href="/containers/trash" className={css['jump']}>
            {texts.toTrash}
          </Link>
        ) : (
          <Link href={logPathAt(source.id, match)} className={css['jump']} aria-label={texts.openAt(source.name, time)}>
            {texts.open}
          </Link>
        )}
      </div>
      <pre className={css['lines']} data-stderr={stderr}>
        {before.map((line, index) => (
          <span key={`-${String(index)}`}>{line}</span>
        ))}
        <span className={css['hit']}>
          {text.slice(0, at[0])}
          <mark>{text.slice(...at)}</mark>
          {text.slice(at[1])}
        </span>
        {after.map((line, index) => (
          <span key={`+${String(index)}`}>{line}</span>
        ))}
      </pre>
    </li>
  );
}
