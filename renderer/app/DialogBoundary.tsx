import { Component, type ReactNode } from 'react';
import { closeDialog } from '../data/dialogs.ts';
import { showError } from '../data/toasts.ts';
import { shell } from '../strings/shell.ts';

/** Catches what a dialog throws while rendering: it closes and says so, and the screen below stays. */
export class DialogBoundary extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    closeDialog();
    showError(shell.brokenDialog, error);
    this.setState({ failed: false });
  }

  override render(): ReactNode {
    return this.state.failed ? null : this.props.children;
  }
}
