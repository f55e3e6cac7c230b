import { ChevronRight, Copy } from 'lucide-react';
import { useState } from 'react';
import { drop } from '../../data/drop.ts';
import { showToast } from '../../data/toasts.ts';
import { copyText } from '../../platform/host.ts';
import { details as texts } from '../../strings/details.ts';
import { Button } from '../../ui/Button.tsx';
import css from './InspectPane.module.css';

/** Levels that are open at first. */
const OPEN_DEPTH = 1;

function Leaf({ value }: { readonly value: unknown }) {
  const text = JSON.stringify(value);
  const kind = value === null ? 'null' : typeof value;
  return <span className={css[kind]}>{text}</span>;
}

function Node({ name, value, depth }: { readonly name: string; readonly value: unknown; readonly depth: number }) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const label = name === '' ? null : <span className={css['key']}>{name}</span>;
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    return (
      <div className={css['line']} style={{ paddingInlineStart: depth * 18 + 20 }}>
        {label}
        <Leaf value={value} />
      </div>
    );
  }
  const entries: [string, unknown][] = Object.entries(value);
  const summary = Array.isArray(value) ? `[${String(entries.length)}]` : `{${String(entries.length)}}`;
  return (
    <div>
      <button
        type="button"
        aria-expanded={open}
        className={[css['line'], css['branch']].join(' ')}
        style={{ paddingInlineStart: depth * 18 }}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <ChevronRight size={14} className={css['arrow']} aria-hidden />
        {label}
        <span className={css['summary']}>{summary}</span>
      </button>
      {open && entries.map(([key, child]) => <Node key={key} name={key} value={child} depth={depth + 1} />)}
    </div>
  );
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** The engine's own answer, to be folded and copied. */
export function InspectPane({ name, value }: { readonly name: string; readonly value: unknown }) {
  return (
    <section className={css['pane']} aria-label={texts.inspectOf(name)}>
      <div className={css['tools']}>
        <Button
          size="small"
          icon={<Copy size={13} />}
          onClick={() => {
            drop(
              copyText(JSON.stringify(value, null, 2)).then(() => {
                showToast({ tone: 'good', title: texts.jsonCopied, lifetimeMs: 2500 });
              }),
            );
          }}
        >
          {texts.copyJson}
        </Button>
      </div>
      <div className={css['tree']}>
        {entriesOf(value).map(([key, child]) => (
          <Node key={key} name={key} value={child} depth={0} />
        ))}
      </div>
    </section>
  );
}
