import { useState } from 'react';
import type { FileTarget } from '../../../runtime/contract/files.ts';
import { call } from '../../data/connection.ts';
import { useAttempt } from '../../data/use-attempt.ts';
import { common } from '../../strings/common.ts';
import { files as texts } from '../../strings/files.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Checkbox, TextField } from '../../ui/Field.tsx';
import css from './FileBrowser.module.css';
import type { TreeRow } from './model.ts';

const WHO = [
  ['user', 6],
  ['group', 3],
  ['other', 0],
] as const;
const RIGHTS = [
  ['r', 4],
  ['w', 2],
  ['x', 1],
] as const;

interface PermissionsDialogProps {
  readonly target: FileTarget;
  readonly row: TreeRow;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Permissions and owner of a file, as boxes and as the number that everybody knows. */
export function PermissionsDialog({ target, row, onClose, onDone }: PermissionsDialogProps) {
  const [mode, setMode] = useState((row.entry?.mode ?? 0o644).toString(8));
  const [uid, setUid] = useState(String(row.entry?.uid ?? 0));
  const [gid, setGid] = useState(String(row.entry?.gid ?? 0));
  const { busy, failure, attempt } = useAttempt();
  const bits = /^[0-7]{3,4}$/.test(mode) ? Number.parseInt(mode, 8) : null;
  const number = (text: string) => (/^\d{1,10}$/.test(text) ? undefined : texts.idError);
  const valid = bits !== null && number(uid) === undefined && number(gid) === undefined;
  const save = () => {
    if (!valid) return;
    attempt(async (signal) => {
      const wanted = { target, path: row.path, mode: bits, uid: Number(uid), gid: Number(gid) };
      await call('files.chmod', wanted, { signal });
      onClose();
      onDone();
    });
  };
  return (
    <Dialog
      open
      title={texts.permissionsOf(row.entry?.name ?? '')}
      onClose={onClose}
      onPrimary={save}
      failure={failure}
      footer={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button variant="primary" disabled={!valid} busy={busy} onClick={save}>
            {common.save}
          </Button>
        </>
      }
    >
      <div className={css['owners']}>
        <TextField
          label={texts.mode}
          mono
          autoFocus
          value={mode}
          onChange={setMode}
          error={bits === null ? texts.modeError : undefined}
        />
        <TextField label={texts.owner} mono value={uid} onChange={setUid} error={number(uid)} />
        <TextField label={texts.group} mono value={gid} onChange={setGid} error={number(gid)} />
      </div>
      <div className={css['permissions']}>
        {WHO.map(([who, shift]) => (
          <fieldset key={who}>
            <legend>{texts.who[who]}</legend>
            {RIGHTS.map(([right, bit]) => (
              <Checkbox
                key={right}
                label={texts.rights[right]}
                checked={((bits ?? 0) & (bit << shift)) !== 0}
                onChange={() => {
                  setMode(((bits ?? 0) ^ (bit << shift)).toString(8).padStart(3, '0'));
                }}
              />
            ))}
          </fieldset>
        ))}
      </div>
    </Dialog>
  );
}
