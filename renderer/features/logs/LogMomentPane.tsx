import { useEffect, useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { open } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { onFrame } from '../../data/frame.ts';
import { logSearch } from '../../strings/log-search.ts';
import { logs as texts } from '../../strings/logs.ts';
import { formatTime } from '../../ui/format.ts';
import { LogBuffer, unixTime } from '../../ui/log/log-buffer.ts';
import { placeOf } from './log-path.ts';
import { LogPane } from './LogPane.tsx';
import css from './SearchLogsView.module.css';
import { Signal } from './signal.ts';

/** How far back from the line the log is shown, in seconds. */
const BACK_SECONDS = 900;
/** Lines after it, after which no more are asked for. */
const LINES_AFTER = 5000;

interface LogMomentPaneProps {
  readonly container: Pick<ContainerSummary, 'id' | 'name'>;
  /** A line, as the address has it. */
  readonly at: string;
}

/** A container's log around a time. */
export function LogMomentPane({ container: { id, name }, at: address }: LogMomentPaneProps) {
  const place = useMemo(() => placeOf(address), [address]);
  const at = place.time;
  const [all] = useState(() => new LogBuffer());
  const [changed] = useState(() => new Signal());
  const generation = useEngine((state) => state.generation);
  useEffect(() => {
    const seconds = Number(unixTime(at) ?? Number.NaN);
    if (generation === 0 || Number.isNaN(seconds)) return undefined;
    all.clear();
    let passedAt = -1;
    const since = String(Math.max(1, Math.floor(seconds) - BACK_SECONDS));
    const input = { id, follow: false, tail: null, since };
    const stream = open('logs', input, {
      onData: (bytes, done) => {
        all.push(bytes);
        done();
        const newest = all.raw(all.end - 1);
        if (passedAt < 0 && newest.slice(1, newest.indexOf(' ')) > at) passedAt = all.end;
        if (passedAt >= 0 && all.end - passedAt > LINES_AFTER) stream.cancel();
        onFrame(changed.emit);
      },
    });
    // That it was enough, or the engine is away: the banner says the latter.
    drop(stream.closed.catch(() => {}));
    return () => {
      stream.cancel();
    };
  }, [all, at, changed, generation, id]);
  return (
    <LogPane
      all={all}
      onChange={changed.listen}
      label={texts.logOf(name)}
      fileName={`${name}.log`}
      nothing={texts.nothing}
      at={place}
      title={
        <p className={css['moment-note']}>
          {logSearch.around(Number.isNaN(Date.parse(at)) ? at : formatTime(Date.parse(at)))}
          <Link href={`/containers/${id}/logs`} className={css['jump']}>
            {logSearch.newestLines}
          </Link>
        </p>
      }
    />
  );
}
