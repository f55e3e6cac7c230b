import { PAGE_ORIGIN } from './window-options.ts';

/** The parts of a sender that the check looks at; Electron's own events fit. */
export interface SenderLike {
  readonly senderFrame: { readonly origin: string; readonly parent: unknown } | null;
  readonly sender: { readonly id: number; isDestroyed(): boolean };
}

/** True for a message of the main frame of one of our windows, while that shows our page. */
export function isOurPage(event: SenderLike, windowIds: ReadonlySet<number>): boolean {
  const { senderFrame, sender } = event;
  if (senderFrame === null || sender.isDestroyed() || !windowIds.has(sender.id)) return false;
  return senderFrame.parent === null && senderFrame.origin === PAGE_ORIGIN;
}

/** A nonce of a page: what `crypto.randomUUID` gives, and nothing else. */
export function isNonce(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}
