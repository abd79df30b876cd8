import type { KeyboardEvent } from 'react';
import type { MapView } from '../../heatmap/view/map-view.ts';
import type { AppModel } from '../../model/app-model.ts';
import { extendTo, selectPage, selectRange } from '../../stores/selection-store.ts';
import { ARROWS } from '../../ui/arrows.ts';

/** Keys while the map has the focus: arrows move the cursor, Shift extends, Enter zooms to the selection. */
export function mapKey(
  event: KeyboardEvent,
  map: MapView,
  { selection, frames }: Pick<AppModel, 'selection' | 'frames'>,
): void {
  const { range } = selection.getState();
  const cursor = selection.getState().cursor ?? map.camera.nearestPage(0, 0);
  if (cursor === null || event.ctrlKey || event.metaKey || event.altKey) return;
  const goTo = (page: number | null): void => {
    if (page === null) return;
    if (event.shiftKey) extendTo(selection, page);
    else selectPage(selection, page);
    map.camera.reveal(page);
  };
  const arrow = ARROWS[event.key];
  const vma = frames.vmaOf(cursor);
  const rows = Math.max(1, Math.floor(map.camera.view.height / map.camera.current.row) - 1);
  if (arrow) goTo(map.camera.step(cursor, arrow[0], arrow[1]));
  else if (event.key === 'PageDown') goTo(map.camera.step(cursor, 0, rows));
  else if (event.key === 'PageUp') goTo(map.camera.step(cursor, 0, -rows));
  else if (event.key === 'Home' && vma) goTo(vma.start);
  else if (event.key === 'End' && vma) goTo(vma.end - 1);
  else if (event.key === 'Enter' && vma) {
    if (event.shiftKey) selectRange(selection, vma);
    map.camera.frameRange(selection.getState().range ?? range ?? vma);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
