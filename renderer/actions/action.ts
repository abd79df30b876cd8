import { livenessOf } from '../stores/liveness.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { MapView } from '../heatmap/view/map-view.ts';
import type { AppModel } from '../model/app-model.ts';

/** The dialog that is open over the window; null: none. */
export interface Dialogs {
  readonly open: 'palette' | 'keys' | 'guide' | 'stop-program' | null;
}

/** What actions work on. */
export interface ActionContext {
  readonly model: AppModel;
  readonly map: MapView;
  readonly dialogs: StoreApi<Dialogs>;
}

/** In the order in which help and the application menu show them. */
export const ACTION_GROUPS = [
  'Source',
  'Sampling',
  'Program',
  'Selection',
  'Operations',
  'Map',
  'Timeline',
  'Recording',
  'Export',
  'View',
  'Help',
] as const;
export type ActionGroup = (typeof ACTION_GROUPS)[number];

/** One thing that the program can do, as the keys, the palette, the help and the application menu know it. */
export interface Action {
  /** Unique and stable: `group.what`. */
  readonly id: string;
  /** As the palette shows it; begins with a verb, no full stop. */
  readonly title: string;
  readonly group: ActionGroup;
  /**
   * Keys that run it, the first is the one that is shown: `g`, `Shift+n`, `Space`, `Escape`, `?`, `Ctrl+Shift+P`. No
   * two actions have the same. Keys without Ctrl and Alt, F-keys apart, are left to text fields; all are left to dialogs.
   */
  readonly keys?: readonly string[];
  /** More words under which the palette finds it. */
  readonly words?: string;
  /** False for what the palette and the menu need not list, such as panning by a key. Default true. */
  readonly listed?: boolean;
  /** Whether it can be run now; missing: whenever a picture is there. */
  available?(context: ActionContext): boolean;
  /** Whether a toggle is on. */
  checked?(context: ActionContext): boolean;
  run(context: ActionContext): void;
}

/** A key that only works where the focus is in one part of the window; listed by the help, run by that part. */
export interface KeyHint {
  /** Where it works. */
  readonly place: string;
  readonly keys: readonly string[];
  readonly title: string;
}

/** Availability of actions that make sense at any time, in the start view too. */
export const always = (): boolean => true;

/** Whether a source is open and running. */
export function isLive({ model }: ActionContext): boolean {
  const { host, state } = model.session.getState();
  return livenessOf(host, state) === 'live';
}
