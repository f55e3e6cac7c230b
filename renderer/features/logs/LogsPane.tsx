import { ArrowDown, ArrowUp, Clock, Download, Eraser, WrapText } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { saveText } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';
import { number } from '../../strings/language.ts';
import { logs as texts } from '../../strings/logs.ts';
import { IconButton } from '../../ui/Button.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import { LogBuffer } from '../../ui/log/log-buffer.ts';
import { LogView, type LogViewHandle } from '../../ui/log/LogView.tsx';
import { isRunning } from '../containers/model.ts';
import css from './LogsPane.module.css';
import { LogSearch } from './search.ts';
import { useLogs } from './use-logs.ts';

/** A container's log with its tools. */
export function LogsPane({ container }: { readonly container: Pick<ContainerSummary, 'id' | 'name' | 'state'> }) {
  const wrap = useSettings((settings) => settings.logWrap);
  const timestamps = useSettings((settings) => settings.logTimestamps);
  const view = useRef<LogViewHandle>(null);
  const [needle, setNeedle] = useState('');
  const [found, setFound] = useState(0);
  const [position, setPosition] = useState(-1);
  const [current, setCurrent] = useState(-1);
  const [empty, setEmpty] = useState(true);
  const search = useRef<LogSearch | null>(null);
  const [buffer] = useState(() => new LogBuffer());
  useLogs(buffer, container.id, isRunning(container), () => {
    view.current?.refresh();
    search.current?.continue();
    setEmpty(buffer.length === 0);
  });
  useEffect(() => {
    search.current = new LogSearch(buffer, () => {
      setFound(search.current?.matches.length ?? 0);
    });
  }, [buffer]);

  const step = (by: number) => {
    const matches = search.current?.matches ?? [];
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
      <div className={css['tools']}>
        <div
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            step(event.shiftKey ? 1 : -1);
          }}
        >
          <FilterBox
            label={texts.find}
            value={needle}
            onChange={(next) => {
              setNeedle(next);
              setPosition(-1);
              setCurrent(-1);
              search.current?.start(next);
            }}
          />
        </div>
        {needle !== '' && (
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
        <div className={css['right']}>
          <IconButton
            label={texts.timestamps}
            aria-pressed={timestamps}
            className={timestamps ? css['on'] : ''}
            icon={<Clock size={15} />}
            onClick={() => {
              updateSettings({ logTimestamps: !timestamps });
            }}
          />
          <IconButton
            label={texts.wrap}
            aria-pressed={wrap}
            className={wrap ? css['on'] : ''}
            icon={<WrapText size={15} />}
            onClick={() => {
              updateSettings({ logWrap: !wrap });
            }}
          />
          <IconButton
            label={texts.clear}
            icon={<Eraser size={15} />}
            onClick={() => {
              buffer.clear();
              search.current?.start(needle);
              view.current?.refresh();
            }}
          />
          <IconButton
            label={texts.download}
            icon={<Download size={15} />}
            onClick={() => {
              saveText(`${container.name}.log`, [...buffer.export(timestamps)]);
            }}
          />
        </div>
      </div>
      <LogView
        ref={view}
        buffer={buffer}
        label={texts.logOf(container.name)}
        wrap={wrap}
        timestamps={timestamps}
        needle={needle.toLowerCase()}
        current={current}
      />
      {empty && <p className={css['empty']}>{isRunning(container) ? texts.nothingYet : texts.nothing}</p>}
    </section>
  );
}
