import { create } from 'zustand';
import { BridgeError } from '../../runtime/rpc/error.ts';
import { common } from '../strings/common.ts';

export interface Toast {
  readonly id: string;
  readonly tone: 'info' | 'good' | 'bad' | 'busy';
  readonly title: string;
  /** One line each. */
  readonly details: readonly string[];
  readonly actions: readonly { readonly label: string; readonly run: () => void }[];
  /** Milliseconds it stays; null until it is dismissed or replaced. Pointing at it stops the clock. */
  readonly lifetimeMs: number | null;
  /** Its clock stands while nobody looks at this window. */
  readonly waits: boolean;
  /** Called when its time is over or it is dismissed, but not when one of its actions ran. */
  readonly onExpire?: () => void;
}

interface ToastState {
  readonly toasts: readonly Toast[];
}

export const useToasts = create<ToastState>(() => ({ toasts: [] }));

/** Long enough to read a sentence. */
const DEFAULT_LIFETIME_MS = 5000;
/** Errors stay longer: they are read twice, and copied. */
const ERROR_LIFETIME_MS = 12_000;

let nextId = 1;

/** Shows a toast, or replaces the one with the same id. Returns its id. */
export function showToast(toast: Partial<Toast> & { readonly title: string }): string {
  const id = toast.id ?? `toast-${String(nextId++)}`;
  const full: Toast = {
    tone: 'info',
    details: [],
    actions: [],
    lifetimeMs: DEFAULT_LIFETIME_MS,
    waits: false,
    ...toast,
    id,
  };
  useToasts.setState(({ toasts }) => ({
    toasts: toasts.some((one) => one.id === id) ? toasts.map((one) => (one.id === id ? full : one)) : [...toasts, full],
  }));
  return id;
}

/** Takes a toast away. `expired` tells that nobody chose one of its actions. */
export function dismissToast(id: string, expired: boolean): void {
  const toast = useToasts.getState().toasts.find((one) => one.id === id);
  if (toast === undefined) return;
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
  if (expired) toast.onExpire?.();
}

/** Text of an error for the clipboard. */
export function errorReport(error: BridgeError): string {
  const lines = [error.message, `code: ${error.code}`];
  if (error.status !== undefined) lines.push(`status: ${String(error.status)}`);
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  if (error.detail !== undefined) lines.push(error.detail);
  return lines.join('\n');
}

/** Shows what failed and why. Cancelling is not a failure. */
export function showError(title: string, thrown: unknown, retry?: () => void): void {
  const error = BridgeError.from(thrown);
  if (error.code === 'cancelled') return;
  showToast({
    tone: 'bad',
    waits: true,
    title,
    details: [error.message, ...(error.hint === undefined ? [] : [error.hint])],
    lifetimeMs: ERROR_LIFETIME_MS,
    actions: retry === undefined ? [] : [{ label: common.tryAgain, run: retry }],
  });
}
