import { create } from 'zustand';

/** The dialogs that any screen, key or menu may open; one at a time. */
export type DialogRequest =
  | { readonly kind: 'run'; readonly image: string }
  | { readonly kind: 'pull'; readonly reference: string }
  | { readonly kind: 'rename'; readonly id: string; readonly name: string }
  | { readonly kind: 'tag'; readonly reference: string }
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
