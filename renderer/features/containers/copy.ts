import { BridgeError } from '../../../runtime/rpc/error.ts';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { call } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { copyText } from '../../platform/host.ts';
import { containers as texts } from '../../strings/containers.ts';
import { asRunCommand } from './run-command.ts';

/** Puts a text on the clipboard and says so. */
export function copyWithToast(text: string, title: string): void {
  drop(
    copyText(text).then(() => {
      showToast({ tone: 'good', title, lifetimeMs: 2500 });
    }),
  );
}

/** Puts the `docker run` line that makes a container like this one on the clipboard. */
export async function copyRunCommand({ id, name }: Pick<ContainerSummary, 'id' | 'name'>): Promise<void> {
  try {
    const details = await call('containers.inspect', { id });
    // The image may be gone; then nobody can tell what of the container is its own.
    const image = await call('images.inspect', { reference: details.imageId }).catch(() => null);
    copyWithToast(asRunCommand(details, image === null ? null : image.entrypoint), texts.runCopied);
  } catch (error) {
    showError(texts.actionOn(texts.words.copyRun, name), BridgeError.from(error));
  }
}
