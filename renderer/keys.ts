import type { OperationName } from '#shared/source/operation.ts';
import type { MapView } from './heatmap/map-view.ts';
import { nextWritten } from './heatmap/navigate.ts';
import type { Inspector } from './session/inspector.ts';
import { clearSelection, selectPage } from './session/selection-store.ts';

const PAN = 48;
const ZOOM = 1.25;

const OPERATIONS: Readonly<Record<string, OperationName>> = { g: 'GET', c: 'CLEAR', b: 'GET_AND_CLEAR' };

/** Keys that work wherever the focus is, save in a field that takes text and in a dialog or menu. */
export function onKey(event: KeyboardEvent, inspector: Inspector, map: MapView): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
  if (!inspector.session.getState().picture) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const op = OPERATIONS[key];
  if (op && !event.shiftKey) void inspector.operations.runForm(op);
  else if (!runView(event, key, inspector, map)) return;
  event.preventDefault();
}

function runView(event: KeyboardEvent, key: string, inspector: Inspector, map: MapView): boolean {
  const { selection, frames, session } = inspector;
  const { range, cursor } = selection.getState();
  switch (key) {
    case ' ': {
      const state = session.getState().state;
      if (!state?.source || state.ended !== null) return false;
      void inspector.configure({ paused: !state.paused });
      return true;
    }
    case 'Escape':
      clearSelection(selection);
      inspector.operations.show(null);
      return true;
    case 'f':
      if (range) map.frameRange(range);
      return true;
    case '0':
      map.frameAll();
      return true;
    case 'w':
      map.panBy(0, -PAN);
      return true;
    case 's':
      map.panBy(0, PAN);
      return true;
    case 'a':
      map.panBy(-PAN, 0);
      return true;
    case 'd':
      map.panBy(PAN, 0);
      return true;
    case '+':
    case '=':
      map.zoomBy(ZOOM);
      return true;
    case '-':
      map.zoomBy(1 / ZOOM);
      return true;
    case 'n': {
      const page = nextWritten(frames, cursor ?? 0, event.shiftKey ? -1 : 1);
      if (page !== null) {
        selectPage(selection, page);
        map.reveal(page);
      }
      return true;
    }
    default:
      return false;
  }
}

/** Whether the focused element needs the key for itself. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (
    target.closest(
      'input, textarea, select, [contenteditable], [role="dialog"], [role="menu"], [role="listbox"]',
    )
  ) {
    return true;
  }
  return event.key === ' ' && target.closest('button') !== null;
}
