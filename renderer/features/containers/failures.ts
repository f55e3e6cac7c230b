import { navigate } from 'wouter/use-hash-location';
import { onEngineEvent } from '../../data/engine.ts';
import { useSettings } from '../../data/settings.ts';
import { showToast } from '../../data/toasts.ts';
import { isWatched, showNotification } from '../../platform/notifications.ts';
import { containers as texts } from '../../strings/containers.ts';
import { FailureWatch, type Failure } from './failure-watch.ts';
import { explainExit } from './model.ts';

/** Tells of containers that fail, here and on the desktop, for as long as the page lives and it is asked for. */
export function startFailures(): void {
  const watch = new FailureWatch();
  onEngineEvent((event) => {
    const failure = watch.see(event);
    if (failure !== null && useSettings.getState().notifyFailures) tell(failure);
  });
}

function tell(failure: Failure): void {
  const title = texts.failed(failure.name);
  const detail = failure.kind === 'unhealthy' ? texts.unhealthy : explainExit(failure.code, failure.oomKilled);
  const open = () => {
    navigate(`/containers/${failure.id}/logs`);
  };
  // One for each container: what restarts again and again says so in one place.
  showToast({
    id: `failed ${failure.id}`,
    tone: 'bad',
    title,
    details: [detail],
    waits: true,
    lifetimeMs: 12_000,
    actions: [{ label: texts.openLog, run: open }],
  });
  if (!isWatched()) showNotification(title, detail, open);
}
