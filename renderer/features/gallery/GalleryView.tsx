import { updateSettings, useSettings } from '../../data/settings.ts';
import { gallery as texts } from '../../strings/gallery.ts';
import { settings } from '../../strings/settings.ts';
import { Page } from '../../ui/Page.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { BackButton } from '../lists/Detail.tsx';
import { Buttons, Fields } from './Controls.tsx';
import { Messages, Nothing } from './Feedback.tsx';
import css from './Gallery.module.css';
import { Colours, Type } from './Tokens.tsx';
import { FactsAndStates, List, Numbers } from './Values.tsx';

/** Every part of `renderer/ui` in every state, on one page: what a new screen is made of, and what a change of a part changes. */
export default function GalleryView() {
  const { theme, density } = useSettings();
  return (
    <Page
      title={settings.gallery}
      before={<BackButton label={texts.back} to="/settings" />}
      actions={
        <>
          <Segmented
            label={settings.theme}
            value={theme}
            onChange={(value) => {
              updateSettings({ theme: value });
            }}
            options={[
              { value: 'system', label: settings.system },
              { value: 'light', label: settings.light },
              { value: 'dark', label: settings.dark },
              { value: 'contrast', label: settings.contrast },
            ]}
          />
          <Segmented
            label={settings.density}
            value={density}
            onChange={(value) => {
              updateSettings({ density: value });
            }}
            options={[
              { value: 'compact', label: settings.compact },
              { value: 'normal', label: settings.normal },
              { value: 'comfortable', label: settings.comfortable },
            ]}
          />
        </>
      }
    >
      <div className={css['gallery']}>
        <div className={css['columns']}>
          <Colours />
          <Type />
          <Buttons />
          <Fields />
          <FactsAndStates />
          <Numbers />
          <Messages />
          <Nothing />
        </div>
        <List />
      </div>
    </Page>
  );
}
