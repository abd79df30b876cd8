import type { ActionRegistry } from './actions/registry.ts';

const TEXT = 'input, textarea, select, [contenteditable]';
const DIALOG = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]';
/** What Space and Enter press. */
const PRESSED = 'button, a, summary, [role="tab"], [role="radio"], [role="switch"]';

/** Runs what a key press is for, wherever the focus is, save where the focused element needs the key for itself. */
export function onKey(event: KeyboardEvent, actions: ActionRegistry): void {
  if (event.defaultPrevented) return;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(DIALOG)) return;
  if (event.key === ' ' && target?.closest(PRESSED)) return;
  const typing = target !== null && target.closest(TEXT) !== null;
  const action = actions.forPress(event, typing);
  if (!action) return;
  event.preventDefault();
  action.run(actions.context);
}
