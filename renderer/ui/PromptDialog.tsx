import { useState } from 'react';
import { common } from '../strings/common.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import { TextField } from './Field.tsx';

interface PromptDialogProps {
  readonly title: string;
  readonly description?: string;
  readonly label: string;
  readonly hint?: string;
  readonly initial?: string;
  readonly action: string;
  /** What is wrong with a value; undefined when nothing is. */
  readonly problem: (value: string) => string | undefined;
  /** Rejects with an Error whose message is shown; the dialog stays. */
  readonly onSubmit: (value: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks for one line of text, and stays open with the reason when what is done with it fails. */
export function PromptDialog(props: PromptDialogProps) {
  const [value, setValue] = useState(props.initial ?? '');
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const problem = props.problem(value);
  const submit = () => {
    if (problem !== undefined || busy) return;
    setBusy(true);
    props.onSubmit(value).then(props.onClose, (error: unknown) => {
      setFailure(error instanceof Error ? error.message : String(error));
      setBusy(false);
    });
  };
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.title}
      {...(props.description === undefined ? {} : { description: props.description })}
      onPrimary={submit}
      footer={
        <>
          <Button onClick={props.onClose}>{common.cancel}</Button>
          <Button variant="primary" disabled={problem !== undefined || busy} onClick={submit}>
            {props.action}
          </Button>
        </>
      }
    >
      <TextField
        label={props.label}
        mono
        autoFocus
        value={value}
        onChange={(next) => {
          setValue(next);
          setFailure(undefined);
        }}
        hint={props.hint}
        error={failure ?? (value === '' ? undefined : problem)}
      />
    </Dialog>
  );
}
