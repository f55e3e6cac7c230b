import { KeyRound, LogOut, Tags } from 'lucide-react';
import { useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { call } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { useQuery } from '../../data/use-query.ts';
import { useAttempt } from '../../data/use-attempt.ts';
import { browse } from '../../strings/browse.ts';
import { common } from '../../strings/common.ts';
import { system as texts } from '../../strings/system.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Page } from '../../ui/Page.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { browsePath } from './place.ts';
import css from './RegistriesView.module.css';

/** Registries that somebody is logged in to. */
export default function RegistriesView() {
  const [version, setVersion] = useState(0);
  const [asking, setAsking] = useState(false);
  const { data, error, retry } = useQuery('registries.list', {}, version);
  const again = () => {
    setVersion((before) => before + 1);
  };
  const login = (
    <Button
      variant="primary"
      icon={<KeyRound size={15} />}
      onClick={() => {
        setAsking(true);
      }}
    >
      {texts.login}
    </Button>
  );
  return (
    <Page
      title={texts.registries}
      actions={
        <>
          <Button
            icon={<Tags size={15} />}
            onClick={() => {
              navigate('/registries/browse');
            }}
          >
            {browse.title}
          </Button>
          {data !== null && data.length > 0 && login}
        </>
      }
    >
      {error !== null ? (
        <ErrorState error={error} onRetry={retry} />
      ) : data === null ? null : data.length === 0 ? (
        <EmptyState picture={<KeyRound size={40} strokeWidth={1.5} />} title={texts.noLogins} actions={login}>
          {texts.noLoginsText}
        </EmptyState>
      ) : (
        <ul className={css['logins']}>
          {data.map(({ registry, username, helper }) => (
            <li key={registry}>
              <div>
                <strong>{registry}</strong> {texts.loggedInAs(username)}
                <p>{texts.keptIn(helper)}</p>
              </div>
              <Button
                size="small"
                icon={<Tags size={14} />}
                aria-label={browse.repositoriesOf(registry)}
                onClick={() => {
                  navigate(browsePath(registry));
                }}
              >
                {texts.browse}
              </Button>
              <Button
                size="small"
                icon={<LogOut size={14} />}
                aria-label={`${texts.logout} ${registry}`}
                onClick={() => {
                  drop(
                    call('registries.logout', { registry }).then(
                      () => {
                        showToast({ title: texts.loggedOut(registry) });
                        again();
                      },
                      (thrown: unknown) => {
                        showError(texts.notLoggedOut(registry), thrown);
                      },
                    ),
                  );
                }}
              >
                {texts.logout}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {asking && (
        <LoginDialog
          onClose={() => {
            setAsking(false);
          }}
          onDone={again}
        />
      )}
    </Page>
  );
}

function LoginDialog({ onClose, onDone }: { readonly onClose: () => void; readonly onDone: () => void }) {
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
      onClose();
      onDone();
    });
  };
  return (
    <Dialog
      open
      title={texts.loginTitle}
      description={texts.loginText}
      onClose={onClose}
      onPrimary={login}
      failure={failure}
      footer={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
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
