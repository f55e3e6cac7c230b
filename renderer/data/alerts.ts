import { create } from 'zustand';
import { ALERTS_KEPT, type Alert, type AlertRule, type AlertRuleState } from '../../runtime/contract/alerts.ts';
import { call, open, useConnection } from './connection.ts';
import { drop } from './drop.ts';

interface AlertState {
  /** null while they are not known. */
  readonly rules: readonly AlertRuleState[] | null;
  /** The newest first. */
  readonly told: readonly Alert[];
}

/** Rules of what in logs is to be told, and what was told. */
export const useAlerts = create<AlertState>(() => ({ rules: null, told: [] }));

/** Hears of alerts for as long as the page lives; `tell` gets each as it comes. */
export function startAlerts(tell: (alert: Alert) => void): void {
  const hear = () => {
    const stream = open(
      'alerts.follow',
      {},
      {
        onItem: (item) => {
          switch (item.kind) {
            case 'known':
              useAlerts.setState({ told: item.alerts.toReversed() });
              break;
            case 'alert':
              useAlerts.setState(({ told }) => ({ told: [item.alert, ...told].slice(0, ALERTS_KEPT) }));
              tell(item.alert);
              break;
            case 'rules':
              drop(fetchRules());
          }
        },
      },
    );
    // The next connection opens it again.
    drop(stream.closed.catch(() => {}));
  };
  useConnection.subscribe((now, before) => {
    if (now.generation === before.generation) return;
    hear();
    drop(fetchRules());
  });
}

async function fetchRules(): Promise<void> {
  useAlerts.setState({ rules: await call('alerts.rules', {}) });
}

/** Adds a rule, or changes the one of its id. Rejects with BridgeError. */
export async function saveAlertRule(rule: AlertRule): Promise<void> {
  await call('alerts.save', rule);
  await fetchRules();
}

/** Rejects with BridgeError. */
export async function removeAlertRule(id: string): Promise<void> {
  await call('alerts.remove', { id });
  await fetchRules();
}
