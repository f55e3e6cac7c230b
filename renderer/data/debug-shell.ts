import { create } from 'zustand';

/** The image whose tools a debug shell has unless another is chosen: the one made of this computer's own. */
export const DEBUG_IMAGE = 'localhost/host-tools:latest';

/** The container beside which a debug shell is to be opened, for its page to take up. */
export const useDebugRequest = create<{ readonly containerId: string | null }>(() => ({ containerId: null }));
