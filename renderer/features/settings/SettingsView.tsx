import { updateSettings, useSettings } from '../../data/settings.ts';
import { useEngine } from '../../data/engine.ts';
import { Checkbox } from '../../ui/Field.tsx';
import { Page } from '../../ui/Page.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import css from './SettingsView.module.css';

/** What can be chosen about this window. */
export default function SettingsView() {
  const settings = useSettings();
  const info = useEngine((state) => state.info);
  return (
    <Page title="Settings">
      <div className={css['settings']}>
        <section>
          <h2>Appearance</h2>
          <div className={css['line']}>
            <div>
              <h3>Theme</h3>
              <p>“System” follows the desktop.</p>
            </div>
            <Segmented
              label="Theme"
              value={settings.theme}
              onChange={(theme) => {
                updateSettings({ theme });
              }}
              options={[
                { value: 'system', label: 'System' },
                { value: 'light', label: 'Light' },
                { value: 'dark', label: 'Dark' },
              ]}
            />
          </div>
          <div className={css['line']}>
            <div>
              <h3>Density</h3>
              <p>Height of the rows in lists.</p>
            </div>
            <Segmented
              label="Density"
              value={settings.density}
              onChange={(density) => {
                updateSettings({ density });
              }}
              options={[
                { value: 'compact', label: 'Compact' },
                { value: 'normal', label: 'Normal' },
                { value: 'comfortable', label: 'Comfortable' },
              ]}
            />
          </div>
        </section>
        <section>
          <h2>Keyboard</h2>
          <div className={css['line']}>
            <Checkbox
              label="Single letters act on the focused row"
              hint="s starts or stops, r restarts, l opens the log. Press ? for all of them."
              checked={settings.letterKeys}
              onChange={(letterKeys) => {
                updateSettings({ letterKeys });
              }}
            />
          </div>
        </section>
        <section>
          <h2>About</h2>
          <div className={css['line']}>
            <div>
              <h3>Berth</h3>
              <p>A desktop app that is a container engine. Apache License 2.0.</p>
            </div>
            {info !== null && (
              <p>
                {info.name} {info.version}, API {info.apiVersion}
              </p>
            )}
          </div>
        </section>
      </div>
    </Page>
  );
}
