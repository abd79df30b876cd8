/** The panels in each place of the workbench. A place without a panel takes no room. */
import type { ComponentType } from 'react';
import { AddressTime } from './panels/address-time/address-time.tsx';
import { WalkView } from './panels/inspector/walk-view.tsx';
import { WALK_VIEW } from './panels/inspector/walk-view-id.ts';
import { MemoryMap } from './panels/memory-map/memory-map.tsx';
import { FlameView } from './panels/writers/flame-view.tsx';
import { BottomPanel } from './bottom-panel.tsx';
import { CompareView } from './compare-view.tsx';

export interface MiddleView {
  /** Kept in the settings (`ViewSettings.middle`). */
  readonly id: string;
  /** Title on the tab. */
  readonly title: string;
  readonly View: ComponentType;
}

/** Views of the same pages, one at a time, as tabs in the middle; each fills its place. */
export const MIDDLE_VIEWS: readonly MiddleView[] = [
  { id: 'map', title: 'Address map', View: MemoryMap },
  { id: 'address-time', title: 'Address × time', View: AddressTime },
  { id: 'compare', title: 'Compare', View: CompareView },
  { id: 'flame-graph', title: 'Flame graph', View: FlameView },
  { id: WALK_VIEW, title: 'Page-table walk', View: WalkView },
];

/** Below the middle, one above the other, as wide as the middle; its height is the user's. */
export const BOTTOM_PANELS: readonly ComponentType[] = [BottomPanel];
