import { useState } from 'react';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { images } from '../../data/images.ts';
import { common } from '../../strings/common.ts';
import { images as texts } from '../../strings/images.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';

/** Repository, and tag after the last colon that is not a registry's port; `latest` without one. */
function split(name: string): { repository: string; tag: string } {
  const colon = name.lastIndexOf(':');
  if (colon <= name.lastIndexOf('/')) return { repository: name, tag: 'latest' };
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}

/** Gives an image one more name, for example the one under which a registry is to have it. */
export default function TagDialog({ reference }: { readonly reference: string }) {
  const [name, setName] = useState('');
  const [failure, setFailure] = useState<BridgeError | null>(null);
  const [busy, setBusy] = useState(false);
  const { repository, tag } = split(name);
  const valid = /^[a-z0-9][a-z0-9./:_-]*$/.test(repository) && /^\w[\w.-]{0,127}$/.test(tag);
  const add = () => {
    if (!valid || busy) return;
    setBusy(true);
    drop(
      call('images.tag', { reference, repository, tag }).then(
        async () => {
          closeDialog();
          await images.refetch();
        },
        (error: unknown) => {
          setFailure(BridgeError.from(error));
          setBusy(false);
        },
      ),
    );
  };
  return (
    <Dialog
      open
      onClose={closeDialog}
      title={texts.tagTitle}
      description={texts.tagText(reference.startsWith('sha256:') ? texts.itsId : reference)}
      onPrimary={add}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button variant="primary" disabled={!valid || busy} onClick={add}>
            {texts.addName}
          </Button>
        </>
      }
    >
      <TextField
        label={common.name}
        mono
        autoFocus
        placeholder="registry.example/team/app:1.2"
        value={name}
        onChange={(value) => {
          setName(value.trim());
          setFailure(null);
        }}
        hint={texts.tagHint}
        error={failure?.message}
      />
    </Dialog>
  );
}
