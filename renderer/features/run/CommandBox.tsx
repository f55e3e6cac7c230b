import { Copy } from 'lucide-react';
import { useId, useState } from 'react';
import { drop } from '../../data/drop.ts';
import { copyText } from '../../platform/host.ts';
import { run as texts } from '../../strings/run.ts';
import { IconButton } from '../../ui/Button.tsx';
import { fromCommandLine, toCommandLine, type CommandError } from './command-line.ts';
import css from './RunDialog.module.css';
import type { RunForm } from './run-form.ts';

/** What is wrong with a line, in words. */
export function explain(error: CommandError): string {
  const words = texts.lineErrors;
  switch (error.kind) {
    case 'quote':
      return words.quote;
    case 'no-run':
      return words.noRun;
    case 'no-image':
      return words.noImage;
    case 'flag':
      return words.flag(error.flag);
    case 'value':
      return words.value(error.flag);
  }
}

/** The form as a `docker run` line, live; a line that is pasted or typed here fills the form. */
export function CommandBox({ form, onForm }: { readonly form: RunForm; readonly onForm: (form: RunForm) => void }) {
  const id = useId();
  /** What is being typed, while it is not yet a line that the form can follow. */
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState<CommandError | null>(null);
  const line = draft ?? toCommandLine(form);
  return (
    <div className={css['commandBox']}>
      <label htmlFor={id}>{texts.line}</label>
      <div className={css['commandLine']}>
        <textarea
          id={id}
          rows={Math.min(6, Math.ceil(line.length / 84) + 1)}
          spellCheck={false}
          value={line}
          aria-invalid={error !== null}
          aria-describedby={`${id}-note`}
          onChange={(event) => {
            const text = event.target.value;
            setDraft(text);
            const parsed = fromCommandLine(text);
            if ('error' in parsed) {
              setError(parsed.error);
              return;
            }
            setError(null);
            onForm(parsed.form);
          }}
          onBlur={() => {
            if (error === null) setDraft(null);
          }}
        />
        <IconButton
          label={texts.copyLine}
          icon={<Copy size={15} />}
          onClick={() => {
            drop(copyText(line));
          }}
        />
      </div>
      <p id={`${id}-note`} className={error === null ? css['lineHint'] : css['error']}>
        {error === null ? texts.lineHint : explain(error)}
      </p>
    </div>
  );
}
