import type { PageRange } from '#shared/memory/range.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../../data/frame-store.ts';
import type { OperationsStore } from '../../stores/operations-store.ts';
import type { SelectionStore } from '../../stores/selection-store.ts';
import type { WriteWatchStore } from '../../stores/write-watch-store.ts';
import type { ViewSettings } from '../../stores/view-store.ts';
import type { RafLoop } from '../../ui/raf-loop.ts';
import type { NamedPages } from '../overlay/named-ranges.ts';
import type { ReadBytes } from '../overlay/page-bytes.ts';

/** What the map shows and reads. */
export interface MapInput {
  readonly frames: FrameStore;
  readonly selection: StoreApi<SelectionStore>;
  readonly settings: StoreApi<ViewSettings>;
  /** The shown result of an operation is outlined. */
  readonly operations: StoreApi<OperationsStore>;
  /** Pages highlighted by the step player; changes are reported by `onLit`. */
  readonly lit: () => readonly PageRange[];
  readonly onLit: (changed: () => void) => void;
  /** Watched regions and the last call's result are marked. */
  readonly writeWatches: StoreApi<WriteWatchStore>;
  /** Named ranges, by address; changes are reported by `onNamed`. */
  readonly named: () => readonly NamedPages[];
  readonly onNamed: (changed: () => void) => void;
  readonly raf: RafLoop;
  readonly readBytes: ReadBytes;
  /** Whether the open source has page contents. */
  readonly hasBytes: () => boolean;
}
