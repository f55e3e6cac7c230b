import { navigate } from 'wouter/use-hash-location';
import { startAlerts } from '../../data/alerts.ts';
import { showToast } from '../../data/toasts.ts';
import { isWatched, showNotification } from '../../platform/notifications.ts';
import { alerts as texts } from '../../strings/alerts.ts';
import { logPathAt } from './log-path.ts';

/** Tells of alerts on logs, here and on the desktop, for as long as the page lives. */
export function startLogAlerts(): void {
  startAlerts((alert) => {
    const { ruleId, rule, containerId, container, text, count } = alert;
    const title = texts.told(rule, container);
    const details = [text.slice(0, 300), ...(count > 1 ? [texts.more(count - 1)] : [])];
    const open = () => {
      navigate(logPathAt(containerId, alert));
    };
    showToast({
      id: `alert ${ruleId} ${containerId}`,
      tone: 'bad',
      title,
      details,
      waits: true,
      lifetimeMs: 12_000,
      actions: [{ label: texts.openLog, run: open }],
    });
    if (!isWatched()) showNotification(title, details.join('\n'), open);
  });
}
