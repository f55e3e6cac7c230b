import { Component, type ReactNode } from 'react';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { ErrorState } from '../features/engine/ErrorState.tsx';
import { shell } from '../strings/shell.ts';

interface Props {
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

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <ErrorState
        error={error}
        onRetry={() => {
          this.setState({ error: null });
        }}
      />
    );
  }
}
