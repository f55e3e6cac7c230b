import { useState } from 'react';
import { call } from '../../data/connection.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { showToast } from '../../data/toasts.ts';
import { useAttempt } from '../../data/use-attempt.ts';
import { common } from '../../strings/common.ts';
import { system as texts } from '../../strings/system.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import css from './RegistriesView.module.css';

/** Logs in to a registry: its name, and whose account it is. */
export default function LoginDialog() {
  const [registry, setRegistry] = useState('docker.io');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const { busy, failure, attempt } = useAttempt();
  const valid = registry !== '' && username !== '' && password !== '';
  const login = () => {
    if (!valid) return;
    attempt(async (signal) => {
      await call('registries.login', { registry, username, password }, { signal });
      showToast({ tone: 'good', title: texts.loggedIn(registry) });
      closeDialog();
    });
  };
  return (
    <Dialog
      open
      title={texts.loginTitle}
      description={texts.loginText}
      onClose={closeDialog}
      onPrimary={login}
      failure={failure}
      footer={
        <>
          <Button onClick={closeDialog}>{common.cancel}</Button>
          <Button variant="primary" disabled={!valid} busy={busy} onClick={login}>
            {texts.login}
          </Button>
        </>
      }
    >
      <div className={css['form']}>
        <TextField
          label={texts.registry}
          mono
          autoFocus
          value={registry}
          onChange={(value) => {
            setRegistry(value.trim());
          }}
          hint={texts.registryHint}
        />
        <TextField label={texts.user} value={username} onChange={setUsername} />
        <TextField label={texts.password} secret value={password} onChange={setPassword} />
      </div>
    </Dialog>
  );
}
