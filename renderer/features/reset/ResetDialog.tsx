import { useState } from 'react';
import { RESET_PARTS } from '../../../runtime/contract/reset.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { useEngine } from '../../data/engine.ts';
import { useQuery } from '../../data/use-query.ts';
import { common } from '../../strings/common.ts';
import { reset as texts } from '../../strings/reset.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox, TextField } from '../../ui/Field.tsx';
import { formatBytes } from '../../ui/format.ts';
import { resetEngine } from './reset.ts';
import css from './ResetDialog.module.css';

/** Tells what a reset takes away, and has it confirmed by a word: nothing of it comes back. */
export default function ResetDialog() {
  const generation = useEngine((state) => state.generation);
  const { data, error } = useQuery('reset.contents', {}, generation);
  const [engineSettings, setEngineSettings] = useState(false);
  const [appSettings, setAppSettings] = useState(false);
  const [word, setWord] = useState('');
  const isSure = data !== null && word.trim().toLowerCase() === texts.word;
  const go = () => {
    if (!isSure) return;
    closeDialog();
    resetEngine({ engineSettings, appSettings }, data);
  };
  const rows =
    data === null
      ? []
      : RESET_PARTS.flatMap((part) => (part === 'settings' ? [] : [{ part, count: data.counts[part] }]));
  const isEmpty = rows.every(({ count }) => count === 0);
  return (
    <Dialog
      open
      title={texts.dialog}
      description={data !== null && isEmpty ? texts.nothing : texts.dialogText}
      onClose={closeDialog}
      onPrimary={go}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button variant="danger" disabled={!isSure} title="Ctrl+Enter" onClick={go}>
            {texts.action}
          </Button>
        </>
      }
    >
      <div className={css['content']}>
        {data === null && error === null && <p className={css['dim']}>{texts.counting}</p>}
        {error !== null && (
          <p role="alert" className={css['failure']}>
            {error.message}
          </p>
        )}
        {data !== null && !isEmpty && (
          <dl className={css['counts']}>
            {rows
              .filter(({ count }) => count > 0)
              .map(({ part, count }) => (
                <div key={part}>
                  <dt>
                    {texts.parts[part]}
                    {part === 'containers' && data.running > 0 && (
                      <span className={css['running']}>{texts.running(data.running)}</span>
                    )}
                  </dt>
                  <dd>{count}</dd>
                </div>
              ))}
            <div className={css['sum']}>
              <dt>{texts.frees}</dt>
              <dd>{formatBytes(data.bytes)}</dd>
            </div>
          </dl>
        )}
        <div>
          <Checkbox
            label={texts.engineSettings}
            hint={texts.engineSettingsHint}
            checked={engineSettings}
            onChange={setEngineSettings}
          />
          <Checkbox
            label={texts.appSettings}
            hint={texts.appSettingsHint}
            checked={appSettings}
            onChange={setAppSettings}
          />
        </div>
        <TextField label={texts.wordLabel(texts.word)} value={word} onChange={setWord} />
      </div>
    </Dialog>
  );
}
