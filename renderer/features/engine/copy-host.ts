import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { showError, showToast } from '../../data/toasts.ts';
import { copyText } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';

/** Puts the line that points other tools at this engine on the clipboard. */
export function copyDockerHost(): void {
  const { info } = useEngine.getState();
  if (info === null) return;
  const line = `export DOCKER_HOST=${info.dockerHost}`;
  drop(
    copyText(line).then(
      () => {
        showToast({ tone: 'good', title: common.copied, details: [line], lifetimeMs: 3500 });
      },
      (error: unknown) => {
        showError(common.clipboardRefused, error);
      },
    ),
  );
}
