import { LifeBuoy } from 'lucide-react';
import type { BridgeError } from '../../../runtime/rpc/error.ts';
import { drop } from '../../data/drop.ts';
import { errorReport, showToast } from '../../data/toasts.ts';
import { copyText } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';

/** What a screen shows instead of its content when that could not be fetched. */
export function ErrorState({ error, onRetry }: { readonly error: BridgeError; readonly onRetry?: () => void }) {
  return (
    <EmptyState
      picture={<LifeBuoy size={40} strokeWidth={1.5} />}
      title={error.message}
      actions={
        <>
          {onRetry !== undefined && (
            <Button variant="primary" onClick={onRetry}>
              {common.tryAgain}
            </Button>
          )}
          <Button
            onClick={() => {
              drop(
                copyText(errorReport(error)).then(() => {
                  showToast({ title: common.detailsCopied, lifetimeMs: 2000 });
                }),
              );
            }}
          >
            {common.copyDetails}
          </Button>
        </>
      }
    >
      {error.hint}
    </EmptyState>
  );
}
