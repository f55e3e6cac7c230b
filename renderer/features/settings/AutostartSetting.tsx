import { useState } from 'react';
import type { Autostart } from '../../../runtime/contract/system.ts';
import { BridgeError } from '../../../runtime/rpc/error.ts';
import { call } from '../../data/connection.ts';
import { showError } from '../../data/toasts.ts';
import { useQuery } from '../../data/use-query.ts';
import { settings as texts } from '../../strings/settings.ts';
import { Checkbox } from '../../ui/Field.tsx';
import css from './SettingsView.module.css';

/** Whether the engine starts at login; nothing where the app cannot have that done. */
export function AutostartSetting() {
  const { data } = useQuery('autostart.state', {}, null);
  const [changed, setChanged] = useState<Autostart | null>(null);
  const state = changed ?? data;
  if (state?.offered !== true) return null;
  return (
    <section>
      <h2>{texts.start}</h2>
      <div className={css['line']}>
        <Checkbox
          label={texts.autostart}
          hint={texts.autostartHint}
          checked={state.enabled}
          onChange={(enabled) => {
            setChanged({ ...state, enabled });
            call('autostart.set', { enabled }).then(setChanged, (error: unknown) => {
              setChanged(state);
              showError(texts.autostartFailed, BridgeError.from(error));
            });
          }}
        />
      </div>
    </section>
  );
}
