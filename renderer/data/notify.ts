import { navigate } from 'wouter/use-hash-location';
import { isWatched, showNotification } from '../platform/notifications.ts';
import { useSettings } from './settings.ts';
import { showToast } from './toasts.ts';

/** Work that is over sooner is seen to its end by whoever began it. In milliseconds. */
const LONG_MS = 4000;

/** Work that has ended. */
interface Ended {
  readonly title: string;
  readonly details?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Address of what it was about. */
  readonly path?: string;
}

/** Tells the desktop that long work has ended, if that was asked for and nobody is looking at this window. */
export function notifyEnd({ title, details = [], startedAt, path }: Ended): void {
  if (!useSettings.getState().notify || isWatched() || Date.now() - startedAt < LONG_MS) return;
  showNotification(title, details.join('\n'), () => {
    if (path !== undefined) navigate(path);
  });
}

/** Tells, here and on the desktop, that work has ended well. The words stay until somebody looks at this window. */
export function tellDone(ended: Ended & { readonly lifetimeMs?: number; readonly tone?: 'good' | 'info' }): void {
  const { title, details = [], lifetimeMs, tone = 'good' } = ended;
  showToast({ tone, title, details, waits: true, ...(lifetimeMs === undefined ? {} : { lifetimeMs }) });
  notifyEnd(ended);
}
