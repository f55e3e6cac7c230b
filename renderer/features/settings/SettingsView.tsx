import { speak } from '../../data/kept-settings.ts';
import { updateSettings, useSettings } from '../../data/settings.ts';
import { useState } from 'react';
import { Link } from 'wouter';
import { drop } from '../../data/drop.ts';
import { EDITORS, type Editor } from '../../platform/editor-link.ts';
import { askToNotify } from '../../platform/notifications.ts';
import { LANGUAGE_NAMES, LANGUAGES } from '../../strings/language.ts';
import { settings as texts } from '../../strings/settings.ts';
import { screens } from '../../strings/shell.ts';
import { Checkbox, Select } from '../../ui/Field.tsx';
import { Page } from '../../ui/Page.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { AutostartSetting } from './AutostartSetting.tsx';
import { ExternalTerminalSetting } from './ExternalTerminalSetting.tsx';
import css from './SettingsView.module.css';

const EDITOR_NAMES = Object.keys(EDITORS) as readonly Editor[];

/** What can be chosen about this window. */
export default function SettingsView() {
  const settings = useSettings();
  const [refused, setRefused] = useState(false);
  const setNotify = async (wanted: boolean) => {
    const allowed = wanted && (await askToNotify());
    setRefused(wanted && !allowed);
    updateSettings({ notify: allowed });
  };
  return (
    <Page title={screens.settings}>
      <div className={css['settings']}>
        <section>
          <h2>{texts.appearance}</h2>
          <div className={css['line']}>
            <div>
              <h3>{texts.theme}</h3>
              <p>{texts.themeHint}</p>
            </div>
            <Segmented
              label={texts.theme}
              value={settings.theme}
              onChange={(theme) => {
                updateSettings({ theme });
              }}
              options={[
                { value: 'system', label: texts.system },
                { value: 'light', label: texts.light },
                { value: 'dark', label: texts.dark },
                { value: 'contrast', label: texts.contrast },
              ]}
            />
          </div>
          <div className={css['line']}>
            <div>
              <h3>{texts.density}</h3>
              <p>{texts.densityHint}</p>
            </div>
            <Segmented
              label={texts.density}
              value={settings.density}
              onChange={(density) => {
                updateSettings({ density });
              }}
              options={[
                { value: 'compact', label: texts.compact },
                { value: 'normal', label: texts.normal },
                { value: 'comfortable', label: texts.comfortable },
              ]}
            />
          </div>
          <div className={css['line']}>
            <div>
              <h3>{texts.language}</h3>
              <p>{texts.languageHint}</p>
            </div>
            <Segmented
              label={texts.language}
              value={settings.language}
              onChange={(next) => {
                drop(speak(next));
              }}
              options={[
                { value: 'system', label: texts.system },
                ...LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] })),
              ]}
            />
          </div>
        </section>
        <section>
          <h2>{texts.keyboard}</h2>
          <div className={css['line']}>
            <Checkbox
              label={texts.letters}
              hint={texts.lettersHint}
              checked={settings.letterKeys}
              onChange={(letterKeys) => {
                updateSettings({ letterKeys });
              }}
            />
          </div>
        </section>
        <AutostartSetting />
        <ExternalTerminalSetting />
        <section>
          <h2>{texts.editor}</h2>
          <div className={css['line']}>
            <p>{texts.editorHint}</p>
            <div className={css['choice']}>
              <Select
                label={texts.editor}
                inline
                value={settings.editor}
                onChange={(value) => {
                  const editor = EDITOR_NAMES.find((one) => one === value);
                  if (editor !== undefined) updateSettings({ editor });
                }}
                options={EDITOR_NAMES.map((value) => ({ value, label: EDITORS[value] }))}
              />
            </div>
          </div>
        </section>
        <section>
          <h2>{texts.notifications}</h2>
          <div className={css['line']}>
            <Checkbox
              label={texts.notify}
              hint={refused ? texts.notifyRefused : texts.notifyHint}
              checked={settings.notify}
              onChange={(notify) => {
                drop(setNotify(notify));
              }}
            />
          </div>
          <div className={css['line']}>
            <Checkbox
              label={texts.notifyFailures}
              hint={texts.notifyFailuresHint}
              checked={settings.notifyFailures}
              onChange={(notifyFailures) => {
                updateSettings({ notifyFailures });
                // This window tells of them in any case; the desktop only with leave.
                if (notifyFailures) drop(askToNotify());
              }}
            />
          </div>
        </section>
        <section>
          <h2>{texts.about}</h2>
          <div className={css['line']}>
            <div>
              <h3>Berth</h3>
              <p>{texts.aboutText}</p>
            </div>
            <Link href="/settings/about" className={css['link']}>
              {texts.openAbout}
            </Link>
          </div>
          <div className={css['line']}>
            <div>
              <h3>{texts.gallery}</h3>
              <p>{texts.galleryHint}</p>
            </div>
            <Link href="/settings/gallery" className={css['link']}>
              {texts.openGallery}
            </Link>
          </div>
        </section>
      </div>
    </Page>
  );
}
