import { createStore } from 'zustand/vanilla';

/** Whether the field for an address is open. */
export const jumpStore = createStore<{ readonly open: boolean }>(() => ({ open: false }));
