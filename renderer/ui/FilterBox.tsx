import { Search, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { common } from '../strings/common.ts';
import css from './FilterBox.module.css';

interface FilterBoxProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label: string;
}

/**
 * The box that filters a list. `/` and Ctrl+F lead to it from anywhere on the screen, Escape empties it and then leads
 * back to where one came from.
 */
export function FilterBox({ value, onChange, label }: FilterBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  /** What had the keyboard before. */
  const from = useRef<Element | null>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const typing = target.closest('input, textarea, select, [contenteditable], .xterm') !== null;
      const find = event.key === 'f' && (event.ctrlKey || event.metaKey) && !event.shiftKey;
      if (!find && !(event.key === '/' && !typing)) return;
      if (document.querySelector('[role="dialog"], [role="alertdialog"]') !== null) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, []);
  return (
    <div className={css['box']} role="search">
      <Search size={14} aria-hidden className={css['icon']} />
      <input
        ref={input}
        type="text"
        value={value}
        aria-label={label}
        placeholder={label}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          onChange(event.target.value);
        }}
        onFocus={(event) => {
          from.current = event.relatedTarget;
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          if (value !== '') onChange('');
          else {
            const back = from.current?.isConnected === true ? from.current : document.querySelector('main h1');
            if (back instanceof HTMLElement) back.focus({ preventScroll: true });
          }
          event.stopPropagation();
        }}
      />
      {value === '' ? (
        <kbd aria-hidden className={css['hint']}>
          /
        </kbd>
      ) : (
        <button
          type="button"
          aria-label={common.clearFilter}
          className={css['clear']}
          onClick={() => {
            onChange('');
            input.current?.focus();
          }}
        >
          <X size={13} />
        </button>
      )}
    </div>
  );
}
