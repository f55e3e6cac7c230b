import { KeyRound, LogOut, Tags } from 'lucide-react';
import { useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { call } from '../../data/connection.ts';
import { openDialog, useDialog } from '../../data/dialogs.ts';
import { drop } from '../../data/drop.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { useQuery } from '../../data/use-query.ts';
import { browse } from '../../strings/browse.ts';
import { system as texts } from '../../strings/system.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Page } from '../../ui/Page.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { browsePath } from './place.ts';
import css from './RegistriesView.module.css';

/** Registries that somebody is logged in to. */
export default function RegistriesView() {
  const [version, setVersion] = useState(0);
  const dialog = useDialog((state) => state.current);
  const { data, error, retry } = useQuery('registries.list', {}, `${String(version)} ${String(dialog === null)}`);
  const again = () => {
    setVersion((before) => before + 1);
  };
  const login = (
    <Button
      variant="primary"
      icon={<KeyRound size={15} />}
      onClick={() => {
        openDialog({ kind: 'login' });
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
    </Page>
  );
}
