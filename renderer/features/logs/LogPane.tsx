import { ArrowDown, ArrowUp } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { onFrame } from '../../data/frame.ts';
import { useSettings } from '../../data/settings.ts';
import { saveText } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';
import { number } from '../../strings/language.ts';
import { logs as texts } from '../../strings/logs.ts';
import { IconButton } from '../../ui/Button.tsx';
import { LogBuffer } from '../../ui/log/log-buffer.ts';
import { LogView, type LogViewHandle } from '../../ui/log/LogView.tsx';
import { ALL_LEVELS, LevelFilter, type LevelChoice } from './levels.ts';
import type { LinePlace } from './log-path.ts';
import css from './LogsPane.module.css';
import { LogTools } from './LogTools.tsx';
import { patternOf } from './pattern.ts';
import { LogSearch } from './search.ts';

interface LogPaneProps {
  readonly all: LogBuffer;
  /** Calls `listener` whenever the buffer has changed. Returns the function that stops it. */
  readonly onChange: (listener: () => void) => () => void;
  readonly label: string;
  /** Name of the file that it is saved as. */
  readonly fileName: string;
  /** What is said when there is nothing. */
  readonly nothing: string;
  /** Before the tools. */
  readonly title?: ReactNode;
  /** The line that is brought into view as soon as it is there. */
  readonly at?: LinePlace;
}

/** A log that has lines has shown some by now: before that, nobody knows that there are none. In milliseconds. */
const ARRIVAL_MS = 1500;

/** A log with its tools. */
export function LogPane({ all, onChange, label, fileName, nothing, title, at }: LogPaneProps) {
  const wrap = useSettings((settings) => settings.logWrap);
  const timestamps = useSettings((settings) => settings.logTimestamps);
  const view = useRef<LogViewHandle>(null);
  const [text, setText] = useState('');
  const [regex, setRegex] = useState(false);
  const [levels, setLevels] = useState<LevelChoice>(ALL_LEVELS);
  const [found, setFound] = useState(0);
  const [position, setPosition] = useState(-1);
  const [current, setCurrent] = useState(-1);
  const [empty, setEmpty] = useState(true);
  const [waited, setWaited] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setWaited(true);
    }, ARRIVAL_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [all]);
  const pattern = useMemo(() => patternOf(text, regex), [text, regex]);

  /** What is shown, and what puts it there when it is not everything. */
  const { shown, filter } = useMemo(() => {
    if (levels.size === 0) return { shown: all, filter: null };
    const some = new LogBuffer();
    return { shown: some, filter: new LevelFilter(all, some, levels) };
  }, [all, levels]);
  const search = useMemo(() => new LogSearch(shown, setFound), [shown]);
  const update = useMemo(() => {
    const step = () => {
      const more = filter?.advance() ?? false;
      view.current?.refresh();
      search.continue();
      setEmpty(shown.length === 0);
      if (more) onFrame(step);
    };
    return step;
  }, [filter, search, shown]);
  // Once: who scrolls away from it has seen it.
  const looked = useRef(0);
  useEffect(() => {
    if (at === undefined) return undefined;
    const look = () => {
      if (looked.current < 0) return;
      looked.current = Math.max(looked.current, all.first);
      while (looked.current < all.end && timeOf(all.raw(looked.current)) < at.time) looked.current += 1;
      if (looked.current + at.nth >= all.end) return;
      looked.current += timeOf(all.raw(looked.current)) === at.time ? at.nth : 0;
      setCurrent(looked.current);
      view.current?.reveal(looked.current);
      looked.current = -1;
    };
    look();
    return onChange(look);
  }, [all, at, onChange]);
  useEffect(() => {
    update();
    return onChange(update);
  }, [update, onChange]);
  useEffect(() => {
    setPosition(-1);
    setCurrent(-1);
    search.start(pattern ?? null);
    return () => {
      search.start(null);
    };
  }, [search, pattern]);

  const step = (by: -1 | 1) => {
    if (position < 0) {
      search.whenSearched(() => {
        move(by);
      });
    } else move(by);
  };
  const move = (by: -1 | 1) => {
    const { matches } = search;
    if (matches.length === 0) return;
    // The first step goes to the newest match: that is what is on the screen.
    const start = position < 0 ? (by > 0 ? -1 : matches.length) : position;
    const next = (start + by + matches.length) % matches.length;
    setPosition(next);
    const line = matches[next];
    if (line === undefined) return;
    setCurrent(line);
    view.current?.reveal(line);
  };

  return (
    <section className={css['pane']} aria-label={texts.logs}>
      {title}
      <LogTools
        text={text}
        onText={setText}
        regex={regex}
        onRegex={setRegex}
        bad={pattern === undefined}
        levels={levels}
        onLevels={setLevels}
        onEnter={(back) => {
          step(back ? 1 : -1);
        }}
        onClear={() => {
          all.clear();
          shown.clear();
          search.start(pattern ?? null);
          update();
        }}
        onDownload={() => {
          saveText(fileName, [...shown.export(timestamps)]);
        }}
      >
        {text !== '' && (
          <>
            <span className={css['found']} role="status">
              {found === 0
                ? texts.noMatch
                : position < 0
                  ? common.lines(found)
                  : texts.position(number(position + 1), number(found))}
            </span>
            <IconButton
              label={texts.older}
              icon={<ArrowUp size={15} />}
              disabled={found === 0}
              onClick={() => {
                step(-1);
              }}
            />
            <IconButton
              label={texts.newer}
              icon={<ArrowDown size={15} />}
              disabled={found === 0}
              onClick={() => {
                step(1);
              }}
            />
          </>
        )}
      </LogTools>
      <LogView
        ref={view}
        buffer={shown}
        label={label}
        wrap={wrap}
        timestamps={timestamps}
        pattern={pattern ?? null}
        current={current}
      />
      {empty && (waited || all.length > 0) && (
        <p className={css['empty']}>{all.length > 0 ? texts.noneOfLevel : nothing}</p>
      )}
    </section>
  );
}

/** The time of a line as it came. All times of an engine have the same zone and digits, so that they compare as text. */
function timeOf(raw: string): string {
  return raw.slice(1, raw.indexOf(' '));
}
