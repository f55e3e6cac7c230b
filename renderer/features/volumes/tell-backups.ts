import { navigate } from 'wouter/use-hash-location';
import { startBackups } from '../../data/backups.ts';
import { showToast } from '../../data/toasts.ts';
import { isWatched, showNotification } from '../../platform/notifications.ts';
import { backups as texts } from '../../strings/backups.ts';
import { inLanguage } from '../../strings/bridge-errors.ts';

/** Tells of backups that failed, here and on the desktop, for as long as the page lives. */
export function startBackupFailures(): void {
  startBackups((volume, message) => {
    const title = texts.failed(volume);
    const detail = inLanguage(message);
    const open = () => {
      navigate(`/volumes/${encodeURIComponent(volume)}/backups`);
    };
    showToast({
      id: `backup ${volume}`,
      tone: 'bad',
      title,
      details: [detail],
      waits: true,
      lifetimeMs: 12_000,
      actions: [{ label: texts.open, run: open }],
    });
    if (!isWatched()) showNotification(title, detail, open);
  });
}
