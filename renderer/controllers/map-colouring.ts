import type { StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../data/frame-store.ts';
import type { PageColouring } from '../data/page-colouring.ts';
import type { Colouring, ViewSettings } from '../stores/view-store.ts';

/** Colours the map as the user selects it, now and with each change. @param colourings what is missing there is by age */
export function followColouring(
  view: StoreApi<ViewSettings>,
  frames: FrameStore,
  colourings: Partial<Readonly<Record<Colouring, PageColouring>>>,
): void {
  const colour = ({ colouring }: ViewSettings): void => frames.colour(colourings[colouring] ?? null);
  view.subscribe(colour);
  colour(view.getState());
}
