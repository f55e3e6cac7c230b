import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { call } from '../../data/connection.ts';
import { useSettings } from '../../data/settings.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { externalTerminal as texts } from '../../strings/external-terminal.ts';

/** Opens a shell of a container in a terminal of the desktop. */
export async function openOutside([container]: readonly ContainerSummary[]): Promise<void> {
  if (container === undefined) return;
  const { externalTerminal: terminal, externalCommand: template } = useSettings.getState();
  try {
    await call('terminals.open', { id: container.id, terminal, template });
    showToast({ title: texts.opened(container.name), lifetimeMs: 2500 });
  } catch (error) {
    showError(texts.notOpened(container.name), error);
  }
}
