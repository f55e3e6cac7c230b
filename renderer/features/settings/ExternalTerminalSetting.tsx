import { useState } from 'react';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { useQuery } from '../../data/use-query.ts';
import { externalTerminal as texts } from '../../strings/external-terminal.ts';
import { Select, TextField } from '../../ui/Field.tsx';
import css from './SettingsView.module.css';

/** Stands for a terminal that a person describes; no program has such a name. */
const OTHER = '*';

/** Which terminal of the desktop opens a container's shell. */
export function ExternalTerminalSetting() {
  const terminal = useSettings((settings) => settings.externalTerminal);
  const template = useSettings((settings) => settings.externalCommand);
  const found = useQuery('terminals.list', {}, null).data?.found ?? [];
  const [isOther, setOther] = useState(template !== '');
  const [first] = found;
  const names = terminal === '' || found.includes(terminal) ? found : [...found, terminal];
  return (
    <section>
      <h2>{texts.title}</h2>
      <div className={css['line']}>
        <p>{texts.hint}</p>
        <div className={css['choice']}>
          <Select
            label={texts.title}
            inline
            value={isOther ? OTHER : terminal}
            onChange={(value) => {
              setOther(value === OTHER);
              updateSettings(
                value === OTHER ? { externalTerminal: '' } : { externalTerminal: value, externalCommand: '' },
              );
            }}
            options={[
              { value: '', label: first === undefined ? texts.none : texts.byItself(first) },
              ...names.map((value) => ({ value, label: value })),
              { value: OTHER, label: texts.other },
            ]}
          />
        </div>
      </div>
      {isOther && (
        <TextField
          label={texts.command}
          mono
          placeholder="tilix -e {command}"
          value={template}
          onChange={(externalCommand) => {
            updateSettings({ externalCommand });
          }}
          hint={texts.commandHint}
        />
      )}
    </section>
  );
}
