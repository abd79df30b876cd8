import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Dialogs } from './action.ts';
import type { ActionRegistry } from './registry.ts';

export const ActionsContext = createContext<ActionRegistry | null>(null);

export function useActions(): ActionRegistry {
  const actions = useContext(ActionsContext);
  if (!actions) throw new Error('no ActionsContext above this component');
  return actions;
}

export function useDialogs(): Dialogs {
  return useStore(useActions().context.dialogs);
}
