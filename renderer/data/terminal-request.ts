import { create } from 'zustand';

/** The image whose tools a debug shell has unless another is chosen: the one made of this computer's own. */
export const DEBUG_IMAGE = 'localhost/host-tools:latest';

/** A terminal that was asked for elsewhere, for the page of its container to take up: a shell beside it, or itself. */
export interface TerminalRequest {
  readonly containerId: string;
  readonly kind: 'debug' | 'attach';
}

/** What is asked for right now. */
export const useTerminalRequest = create<{ readonly request: TerminalRequest | null }>(() => ({ request: null }));
