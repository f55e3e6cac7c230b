import { ArrowDown } from 'lucide-react';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from 'react';
import type { LogBuffer } from './log-buffer.ts';
import { useLatest } from '../use-latest.ts';
import { log as logTexts } from '../../strings/common.ts';
import { LogPainter } from './log-painter.ts';
import './log.css';

/** Height of a row in pixels; the same number is in log.css. */
const ROW_HEIGHT = 19;
/** Width of the timestamp column in characters, with the gap after it. */
const TIME_COLUMNS = 14;

export interface LogViewHandle {
  /** Tells that the buffer has changed; paints in this frame. */
  refresh(): void;
  /** Brings a line into the middle of the view and stops following. */
  reveal(line: number): void;
}

interface LogViewProps {
  readonly buffer: LogBuffer;
  readonly label: string;
  readonly wrap: boolean;
  readonly timestamps: boolean;
  /** What is marked in the lines. */
  readonly pattern: RegExp | null;
  readonly current: number;
  readonly ref: Ref<LogViewHandle>;
}

/** A log of any length and speed: rows of fixed height, a pool of elements, following the end until scrolled away. */
export function LogView({ buffer, label, wrap, timestamps, pattern, current, ref }: LogViewProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const spacer = useRef<HTMLDivElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const painter = useRef<LogPainter | null>(null);
  const following = useRef(true);
  /** A scroll of our own to some line is under way: its event comes later, and says nothing about what is wanted. */
  const revealing = useRef(false);
  const seenFirst = useRef(buffer.first);
  const seenEnd = useRef(buffer.end);
  const [unseen, setUnseen] = useState<number | null>(null);
  const characterWidth = useRef(0);
  const look = useLatest({ buffer, wrap, timestamps, pattern, current });

  const paint = () => {
    const { buffer } = look.current;
    const element = scroller.current;
    if (element === null || spacer.current === null || layer.current === null || probe.current === null) return;
    painter.current ??= new LogPainter(layer.current);
    // Measuring forces a layout, so it is done once per size of the view.
    if (characterWidth.current === 0) characterWidth.current = probe.current.getBoundingClientRect().width / 10 || 7.8;
    const character = characterWidth.current;
    const extra = look.current.timestamps ? TIME_COLUMNS : 0;
    const columns = Math.max(20, Math.floor((element.clientWidth - 40) / character) - extra);
    const wrapColumns = look.current.wrap ? columns : 0;
    const rowsDropped = Math.max(0, buffer.first - seenFirst.current);
    seenFirst.current = buffer.first;
    buffer.setColumns(wrapColumns);
    const height = buffer.rowCount * ROW_HEIGHT + 16;
    spacer.current.style.height = `${String(height)}px`;
    spacer.current.style.width = look.current.wrap
      ? '100%'
      : `${String(Math.ceil((buffer.longest - 20 + extra) * character) + 40)}px`;
    if (following.current) element.scrollTop = height;
    // What is being read stays where it is while old lines leave above it.
    else if (rowsDropped > 0) element.scrollTop -= rowsDropped * ROW_HEIGHT;
    const first = Math.max(0, Math.floor((element.scrollTop - 8) / ROW_HEIGHT));
    const count = Math.ceil(element.clientHeight / ROW_HEIGHT) + 1;
    layer.current.style.transform = `translateY(${String(first * ROW_HEIGHT + 8)}px)`;
    painter.current.paint(buffer, first, count, {
      timestamps: look.current.timestamps,
      wrapColumns,
      pattern: look.current.pattern,
      current: look.current.current,
    });
    if (following.current) {
      seenEnd.current = buffer.end;
      setUnseen(null);
    } else {
      setUnseen(buffer.end - seenEnd.current);
    }
  };

  const scrollToEnd = () => {
    following.current = true;
    paint();
  };

  useImperativeHandle(ref, () => ({
    refresh: paint,
    reveal: (line) => {
      const element = scroller.current;
      if (element === null) return;
      following.current = false;
      // First room for lines that came since: what is not there yet cannot be scrolled to.
      paint();
      const before = element.scrollTop;
      element.scrollTop = buffer.rowOf(line) * ROW_HEIGHT - element.clientHeight / 2;
      revealing.current = element.scrollTop !== before;
      paint();
    },
  }));

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      characterWidth.current = 0;
      paint();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
    // `paint` reads what is current from refs, so the first one serves for the life of the view.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  // Another log begins at its end; the element stays, and with it the keyboard.
  const painted = useRef(buffer);
  useLayoutEffect(() => {
    if (painted.current === buffer) return;
    painted.current = buffer;
    layer.current?.replaceChildren();
    painter.current = null;
    following.current = true;
    revealing.current = false;
    seenFirst.current = buffer.first;
  }, [buffer]);
  // Each of these changes what is to be seen; `paint` itself reads them from a ref.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  useEffect(paint, [buffer, wrap, timestamps, pattern, current]);

  return (
    <div className="log-frame">
      <div
        ref={scroller}
        className="log-scroller"
        role="log"
        aria-label={label}
        aria-live="off"
        tabIndex={0}
        onScroll={(event) => {
          const element = event.currentTarget;
          const ours = revealing.current;
          revealing.current = false;
          const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - ROW_HEIGHT;
          // Our own scroll to the end has painted already.
          if (atEnd && following.current) return;
          // A line near the end cannot be in the middle; that it was looked for does not mean to go on from there.
          if (!ours) following.current = atEnd;
          paint();
        }}
        onKeyDown={(event) => {
          if (event.key === 'End') {
            event.preventDefault();
            scrollToEnd();
          }
        }}
      >
        <div ref={spacer} className="log-spacer">
          <div ref={layer} className="log-layer" />
        </div>
        <span ref={probe} className="log-probe" aria-hidden="true">
          0000000000
        </span>
      </div>
      {unseen !== null && (
        <button type="button" className="log-pill" onClick={scrollToEnd}>
          <ArrowDown size={14} aria-hidden />
          {unseen === 0 ? logTexts.follow : logTexts.unseen(unseen)}
        </button>
      )}
    </div>
  );
}
