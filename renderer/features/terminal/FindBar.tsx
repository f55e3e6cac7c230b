import type { ISearchOptions, SearchAddon } from '@xterm/addon-search';
import { ArrowDown, ArrowUp, Regex, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { number } from '../../strings/language.ts';
import { logs as logTexts } from '../../strings/logs.ts';
import { terminal as texts } from '../../strings/terminal.ts';
import { IconButton } from '../../ui/Button.tsx';
import css from './FindBar.module.css';
import { foundMarks } from './theme.ts';

interface FindBarProps {
  readonly search: SearchAddon;
  readonly onClose: () => void;
}

/** Finds text in a terminal and what has scrolled out of it. Enter goes up, as what one looks for was said before. */
export function FindBar({ search, onClose }: FindBarProps) {
  const [text, setText] = useState('');
  const [regex, setRegex] = useState(false);
  const [found, setFound] = useState({ at: -1, of: 0 });
  const input = useRef<HTMLInputElement>(null);
  const [bad, setBad] = useState(false);
  useEffect(() => {
    input.current?.focus();
    const listener = search.onDidChangeResults(({ resultIndex, resultCount }) => {
      setFound({ at: resultIndex, of: resultCount });
    });
    return () => {
      listener.dispose();
      search.clearDecorations();
    };
  }, [search]);
  const go = (wanted: string, asRegex: boolean, back: boolean) => {
    const broken = asRegex && !isExpression(wanted);
    setBad(broken);
    if (wanted === '' || broken) {
      search.clearDecorations();
      setFound({ at: -1, of: 0 });
      return;
    }
    const options: ISearchOptions = { regex: asRegex, decorations: foundMarks() };
    if (back) search.findPrevious(wanted, options);
    else search.findNext(wanted, options);
  };
  return (
    <div className={css['bar']} role="search">
      <input
        ref={input}
        type="text"
        aria-label={texts.find}
        placeholder={texts.find}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={bad}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          go(event.target.value, regex, true);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(text, regex, !event.shiftKey);
          else if (event.key === 'Escape') onClose();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <span className={css['found']} role="status">
        {bad
          ? logTexts.badRegex
          : text === ''
            ? ''
            : found.of === 0
              ? logTexts.noMatch
              : logTexts.position(number(found.at + 1), number(found.of))}
      </span>
      <IconButton
        label={logTexts.regex}
        aria-pressed={regex}
        className={regex ? css['on'] : ''}
        icon={<Regex size={14} />}
        onClick={() => {
          setRegex(!regex);
          // The addon only looks again for another text, not for the same one meant otherwise.
          search.clearDecorations();
          go(text, !regex, true);
        }}
      />
      <IconButton
        label={texts.findPrevious}
        icon={<ArrowUp size={14} />}
        onClick={() => {
          go(text, regex, true);
        }}
      />
      <IconButton
        label={texts.findNext}
        icon={<ArrowDown size={14} />}
        onClick={() => {
          go(text, regex, false);
        }}
      />
      <IconButton label={texts.findClose} icon={<X size={14} />} onClick={onClose} />
    </div>
  );
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text).source !== '';
  } catch {
    return false;
  }
}
