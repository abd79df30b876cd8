import type { ActionRegistry } from './actions/registry.ts';
import { dismissNewestToast } from './ui/toast.tsx';

const TEXT = 'input, textarea, select, [contenteditable]';
const DIALOG = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]';

/** Runs actions by their keys. @returns a function that ends it */
export function listenToKeys(target: Window, actions: ActionRegistry): () => void {
  const first = (event: KeyboardEvent): void => onKeyFirst(event, actions);
  const last = (event: KeyboardEvent): void => onKey(event, actions);
  target.addEventListener('keydown', first, { capture: true });
  target.addEventListener('keydown', last);
  return () => {
    target.removeEventListener('keydown', first, { capture: true });
    target.removeEventListener('keydown', last);
  };
}

const targetOf = ({ target }: KeyboardEvent): Element | null => (target instanceof Element ? target : null);

/**
 * Keys that work before what has the focus gets them: Space plays or pauses, also on a button that was pressed last
 * (Enter presses it); Escape ends the newest notice. Text fields and dialogs keep both.
 */
function onKeyFirst(event: KeyboardEvent, actions: ActionRegistry): void {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const target = targetOf(event);
  if (target?.closest(DIALOG)) return;
  if (event.key === 'Escape') {
    if (dismissNewestToast()) take(event);
    return;
  }
  if (event.key !== ' ' || target?.closest(TEXT)) return;
  const action = actions.forPress(event, false);
  if (!action) return;
  take(event);
  if (!event.repeat) action.run(actions.context);
}

function take(event: KeyboardEvent): void {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Runs the action of a key press with any focus, except where the focused element needs the key itself. */
function onKey(event: KeyboardEvent, actions: ActionRegistry): void {
  if (event.defaultPrevented) return;
  const target = targetOf(event);
  if (target?.closest(DIALOG)) return;
  const typing = target !== null && target.closest(TEXT) !== null;
  const action = actions.forPress(event, typing);
  if (!action) return;
  event.preventDefault();
  action.run(actions.context);
}
