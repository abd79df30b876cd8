import type { KeyboardEvent } from 'react';
import { extendTo, selectPage } from '../../stores/selection-store.ts';
import type { AddressTimeView } from './address-time-view.ts';

/** Arrows move page and position; returns whether the key was taken. */
export function addressTimeKey(event: KeyboardEvent, view: AddressTimeView): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const { axis, model } = view;
  const { cursor } = model.selection.getState();
  const y = cursor === null ? 0 : (axis.yOf(cursor) ?? 0);
  const rows = (pixels: number): void => {
    // A page at a time if pages are larger than pixels.
    const step = Math.sign(pixels) * Math.max(Math.abs(pixels), axis.scale);
    const pages = axis.pagesAt(Math.min(axis.length - 0.5, Math.max(0, y + axis.scale / 2 + step)));
    if (!pages) return;
    if (event.shiftKey) extendTo(model.selection, pages.start);
    else selectPage(model.selection, pages.start);
  };
  switch (event.key) {
    case 'ArrowUp':
      rows(-1);
      return true;
    case 'ArrowDown':
      rows(1);
      return true;
    case 'PageUp':
      rows(-view.area.height / 10);
      return true;
    case 'PageDown':
      rows(view.area.height / 10);
      return true;
    case 'ArrowLeft':
    case 'ArrowRight':
      model.playback.step(event.key === 'ArrowLeft' ? -1 : 1);
      return true;
    case 'Home':
      if (view.read) model.playback.goTo(view.read.available.start);
      return true;
    case 'End':
      model.playback.goTo(null);
      return true;
    default:
      return false;
  }
}
