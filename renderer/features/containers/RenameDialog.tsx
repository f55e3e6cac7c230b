import { useState } from 'react';
import { call } from '../../data/connection.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { BridgeError } from '../../../runtime/rpc/error.ts';

/** What an engine takes as a container's name. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;

/** Gives a container another name; it goes on running meanwhile. */
export function RenameDialog({ id, name }: { readonly id: string; readonly name: string }) {
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
  const malformed =
    NAME.test(next) || next === '' ? undefined : 'Letters, digits, “_”, “.” and “-”; at least two, the first no sign.';
  return (
    <Dialog
      open
      onClose={closeDialog}
      title={`Rename ${name}`}
      onPrimary={rename}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button variant="primary" disabled={!valid || busy} onClick={rename}>
            Rename
          </Button>
        </>
      }
    >
      <TextField
        label="Name"
        mono
        autoFocus
        value={next}
        onChange={(value) => {
          setNext(value.trim());
          setFailure(null);
        }}
        onEnter={rename}
        error={failure?.message ?? malformed}
      />
    </Dialog>
  );
}
