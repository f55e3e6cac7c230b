import { create } from 'zustand';
import type { AlertRule } from '../../runtime/contract/alerts.ts';
import type { BuildSettings } from '../../runtime/contract/builds.ts';

/** The dialogs that any screen, key or menu may open; one at a time. */
export type DialogRequest =
  | { readonly kind: 'run'; readonly image: string; readonly replace?: string }
  | { readonly kind: 'pull'; readonly reference: string; readonly start?: boolean }
  | { readonly kind: 'rename'; readonly id: string; readonly name: string }
  | { readonly kind: 'tag'; readonly reference: string }
  | { readonly kind: 'image-compare'; readonly reference: string }
  | { readonly kind: 'volume-create' }
  | { readonly kind: 'volume-clone'; readonly name: string }
  | { readonly kind: 'volume-restore'; readonly name: string; readonly file: File }
  | { readonly kind: 'backup-restore'; readonly volume: string; readonly file: string; readonly bytes: number }
  | { readonly kind: 'network-create' }
  | { readonly kind: 'network-connect'; readonly id: string; readonly name: string }
  | { readonly kind: 'engine-add' }
  | { readonly kind: 'engine-reset' }
  | { readonly kind: 'login' }
  | { readonly kind: 'compose-open' }
  | { readonly kind: 'compose-create' }
  | { readonly kind: 'build'; readonly settings?: BuildSettings; readonly edit?: boolean }
  | { readonly kind: 'alert-rule'; readonly given: Partial<AlertRule> }
  | { readonly kind: 'palette' }
  | { readonly kind: 'shortcuts' };

interface DialogState {
  readonly current: DialogRequest | null;
}

export const useDialog = create<DialogState>(() => ({ current: null }));

export function openDialog(request: DialogRequest): void {
  useDialog.setState({ current: request });
}

export function closeDialog(): void {
  useDialog.setState({ current: null });
}
