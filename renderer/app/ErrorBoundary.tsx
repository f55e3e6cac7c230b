import { Component, type ReactNode } from 'react';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { reloadPage } from '../platform/host.ts';
import { drop } from '../data/drop.ts';
import { ErrorState } from '../features/engine/ErrorState.tsx';
import { shell } from '../strings/shell.ts';
import { Page } from '../ui/Page.tsx';

interface Props {
  /** Address of the screen: another one gets its own try. */
  readonly address: string;
  readonly children: ReactNode;
}

/** Catches what a screen throws while rendering, so that a person sees words and a way out, never a blank page. */
export class ErrorBoundary extends Component<Props, { readonly error: BridgeError | null }> {
  override state: { readonly error: BridgeError | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: BridgeError } {
    const cause = BridgeError.from(error);
    return {
      error: new BridgeError('internal', shell.brokenScreen, {
        hint: shell.brokenScreenHint,
        detail: `${cause.message}\n${cause.detail ?? ''}`,
      }),
    };
  }

  override componentDidUpdate(before: Props): void {
    if (before.address !== this.props.address && this.state.error !== null) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <Page title={shell.brokenTitle}>
        <ErrorState
          error={error}
          onRetry={() => {
            drop(
              reloadPage().then((reloads) => {
                if (!reloads) this.setState({ error: null });
              }),
            );
          }}
        />
      </Page>
    );
  }
}
