import { navigate } from 'wouter/use-hash-location';
import { LATEST_RELEASE, release as texts } from '../strings/release.ts';
import { updateSettings, useSettings } from './settings.ts';
import { showToast } from './toasts.ts';

/** Time to see it, in milliseconds. */
const LIFETIME_MS = 12_000;

/** Says once after an update where it is written what is new. Somebody who is new here is told nothing. */
export function startReleaseNotice(): void {
  const { seenRelease } = useSettings.getState();
  updateSettings({ seenRelease: LATEST_RELEASE });
  if (seenRelease === LATEST_RELEASE) return;
  showToast({
    title: texts.updated(LATEST_RELEASE),
    lifetimeMs: LIFETIME_MS,
    waits: true,
    actions: [
      {
        label: texts.whatIsNew,
        run: () => {
          navigate('/settings/about');
        },
      },
    ],
  });
}
