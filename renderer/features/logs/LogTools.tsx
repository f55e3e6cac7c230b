import { Clock, Download, Eraser, Regex, WrapText } from 'lucide-react';
import { useEffect, type KeyboardEvent, type ReactNode } from 'react';
import { LEVELS } from '../../../runtime/contract/log-level.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { logs as texts } from '../../strings/logs.ts';
import { IconButton } from '../../ui/Button.tsx';
import { FilterBox } from '../../ui/FilterBox.tsx';
import { useLatest } from '../../ui/use-latest.ts';
import { toggled, type LevelChoice } from './levels.ts';
import css from './LogTools.module.css';

interface LogToolsProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly regex: boolean;
  readonly onRegex: (regex: boolean) => void;
  /** What was typed is no regular expression. */
  readonly bad: boolean;
  readonly levels: LevelChoice;
  readonly onLevels: (levels: LevelChoice) => void;
  /** Enter in the box; `back` with Shift. */
  readonly onEnter?: (back: boolean) => void;
  readonly onClear?: () => void;
  readonly onDownload: () => void;
  /** Beside the box: how many were found. */
  readonly children?: ReactNode;
}

/**
 * Ctrl+S saves the log, where the browser would save the page. In the log itself letters are free: each level has the
 * first one of its English name.
 */
function useLogKeys({ levels, onLevels, onDownload }: Pick<LogToolsProps, 'levels' | 'onLevels' | 'onDownload'>): void {
  const latest = useLatest((event: globalThis.KeyboardEvent): boolean => {
    const { key, target } = event;
    if (event.altKey || event.shiftKey || document.querySelector('[role="dialog"], [role="alertdialog"]') !== null)
      return false;
    if (event.ctrlKey || event.metaKey) {
      if (key !== 's') return false;
      onDownload();
      return true;
    }
    if (!(target instanceof Element) || target.closest('[role="log"]') === null) return false;
    const level = useSettings.getState().letterKeys ? LEVELS.find((one) => one.startsWith(key)) : undefined;
    if (level !== undefined) onLevels(toggled(levels, level));
    return level !== undefined;
  });
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (latest.current(event)) event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [latest]);
}

/** What stands above every log: search, levels, looks, download. */
export function LogTools(props: LogToolsProps) {
  const { logWrap: wrap, logTimestamps: timestamps } = useSettings();
  useLogKeys(props);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || props.onEnter === undefined) return;
    event.preventDefault();
    props.onEnter(event.shiftKey);
  };
  const toggle = (label: string, on: boolean, icon: ReactNode, onClick: () => void) => (
    <IconButton label={label} aria-pressed={on} className={on ? css['on'] : ''} icon={icon} onClick={onClick} />
  );
  return (
    <div className={css['tools']}>
      <div className={css['search']} onKeyDown={onKeyDown}>
        <FilterBox label={texts.find} value={props.text} onChange={props.onText} />
      </div>
      {toggle(texts.regex, props.regex, <Regex size={15} />, () => {
        props.onRegex(!props.regex);
      })}
      {props.bad ? (
        <span role="status" className={css['bad']}>
          {texts.badRegex}
        </span>
      ) : (
        props.children
      )}
      <div role="group" aria-label={texts.level} className={css['levels']}>
        {LEVELS.map((level) => (
          <button
            key={level}
            type="button"
            aria-pressed={props.levels.has(level)}
            title={`${texts.levels[level]} (${level.charAt(0)})`}
            className={[css['level'], css[level]].join(' ')}
            onClick={() => {
              props.onLevels(toggled(props.levels, level));
            }}
          >
            {texts.levels[level]}
          </button>
        ))}
      </div>
      <div className={css['right']}>
        {toggle(texts.timestamps, timestamps, <Clock size={15} />, () => {
          updateSettings({ logTimestamps: !timestamps });
        })}
        {toggle(texts.wrap, wrap, <WrapText size={15} />, () => {
          updateSettings({ logWrap: !wrap });
        })}
        {props.onClear !== undefined && (
          <IconButton label={texts.clear} icon={<Eraser size={15} />} onClick={props.onClear} />
        )}
        <IconButton
          label={texts.download}
          title={`${texts.download} (Ctrl+S)`}
          icon={<Download size={15} />}
          onClick={props.onDownload}
        />
      </div>
    </div>
  );
}
