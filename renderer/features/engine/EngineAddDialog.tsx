import { useState } from 'react';
import { call } from '../../data/connection.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { useAttempt } from '../../data/use-attempt.ts';
import { common } from '../../strings/common.ts';
import { networks } from '../../strings/networks.ts';
import { systemCommands } from '../../strings/system-commands.ts';
import { system as texts } from '../../strings/system.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { showEngine } from './actions.tsx';
import css from './EngineView.module.css';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.+-]{0,62}$/;
const ADDRESS = /^(unix:\/\/\/|tcp:\/\/|ssh:\/\/)\S+$/;

/** Remembers another engine. */
export default function EngineAddDialog() {
  const [name, setName] = useState('');
  const [address, setAddress] = useState('');
  const [certificates, setCertificates] = useState('');
  const { busy, failure, attempt } = useAttempt();
  const valid = NAME.test(name) && ADDRESS.test(address);
  const add = (thenShow: boolean) => {
    if (!valid) return;
    attempt(async () => {
      await call('engines.add', { name, address, ...(certificates === '' ? {} : { certificates }) });
      closeDialog();
      if (thenShow) drop(showEngine(name));
    });
  };
  // To look at it is what one adds an engine for.
  const addAndShow = () => {
    add(true);
  };
  return (
    <Dialog
      open
      title={systemCommands.addEngine}
      description={texts.addEngineText}
      onClose={closeDialog}
      onPrimary={addAndShow}
      failure={failure}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button
            disabled={!valid}
            onClick={() => {
              add(false);
            }}
          >
            {systemCommands.addOnly}
          </Button>
          <Button variant="primary" disabled={!valid} busy={busy} title="Ctrl+Enter" onClick={addAndShow}>
            {systemCommands.addAndShow}
          </Button>
        </>
      }
    >
      <div className={css['form']}>
        <TextField
          label={common.name}
          mono
          autoFocus
          value={name}
          onChange={setName}
          error={name === '' || NAME.test(name) ? undefined : networks.nameError}
        />
        <TextField
          label={texts.address}
          mono
          value={address}
          onChange={setAddress}
          hint={texts.addressHint}
          error={address === '' || ADDRESS.test(address) ? undefined : texts.addressError}
        />
        {address.startsWith('tcp://') && (
          <TextField
            label={texts.certificates}
            mono
            value={certificates}
            onChange={setCertificates}
            hint={texts.certificatesHint}
          />
        )}
      </div>
    </Dialog>
  );
}
