/** All actions of the program. A part that has its own adds its list here. */
import type { Action, KeyHint } from './actions/action.ts';
import { mapActions, mapKeyHints } from './actions/map.ts';
import { sourceActions } from './actions/source.ts';
import { exportActions } from './actions/export.ts';
import { timeActions, timeKeyHints } from './actions/time.ts';
import { viewActions } from './actions/view.ts';
import { inspectorActions, inspectorKeyHints } from './panels/inspector/actions.ts';
import { writeWatchActions } from './panels/operations/write-watches/actions.ts';
import { lessonActions } from './panels/lessons/actions.ts';
import { memoryMapActions } from './panels/memory-map/actions.ts';
import { namedRangeActions } from './panels/named-ranges/actions.ts';
import { triggerActions } from './panels/triggers/actions.ts';
import { stepActions } from './panels/steps/actions.ts';

export const ALL_ACTIONS: readonly Action[] = [
  ...sourceActions,
  ...lessonActions,
  ...timeActions,
  ...stepActions,
  ...mapActions,
  ...memoryMapActions,
  ...writeWatchActions,
  ...namedRangeActions,
  ...triggerActions,
  ...inspectorActions,
  ...exportActions,
  ...viewActions,
];

/** Keys that single parts of the window take while they have the focus. */
export const KEY_HINTS: readonly KeyHint[] = [...mapKeyHints, ...inspectorKeyHints, ...timeKeyHints];
