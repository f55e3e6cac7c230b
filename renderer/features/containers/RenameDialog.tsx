import { useState } from 'react';
import { call } from '../../data/connection.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { common } from '../../strings/common.ts';
import { containers as texts } from '../../strings/containers.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { BridgeError } from '../../../runtime/rpc/error.ts';

/** What an engine takes as a container's name. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;

/** Gives a container another name; it goes on running meanwhile. */
export default function RenameDialog({ id, name }: { readonly id: string; readonly name: string }) {
  const [next, setNext] = useState(name);
  const [failure, setFailure] = useState<BridgeError | null>(null);
  const [busy, setBusy] = useState(false);
  const valid = NAME.test(next) && next !== name;
  const rename = () => {
    if (!valid || busy) return;
    setBusy(true);
    drop(
      call('containers.rename', { id, name: next }).then(closeDialog, (error: unknown) => {
        setFailure(BridgeError.from(error));
        setBusy(false);
      }),
    );
  };
  const malformed = NAME.test(next) || next === '' ? undefined : texts.nameRule;
  return (
    <Dialog
      open
      onClose={closeDialog}
      title={texts.renameTitle(name)}
      onPrimary={rename}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button variant="primary" disabled={!valid || busy} onClick={rename}>
            {texts.words.rename}
          </Button>
        </>
      }
    >
      <TextField
        label={common.name}
        mono
        autoFocus
        value={next}
        onChange={(value) => {
          setNext(value.trim());
          setFailure(null);
        }}
        error={failure?.message ?? malformed}
      />
    </Dialog>
  );
}
