import type { PlaybackState } from '#shared/contract/recording.ts';
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { CompareStore } from '../controllers/compare.ts';
import type { AppModel } from './app-model.ts';
import type { NamedRangesStore } from '../controllers/named-ranges.ts';
import type { PageObjectsStore } from '../controllers/page-objects.ts';
import type { Inspection } from '../controllers/page-inspection.ts';
import type { OperationsStore } from '../stores/operations-store.ts';
import type { LessonStore } from '../controllers/lessons.ts';
import type { RecorderStore } from '../controllers/recorder.ts';
import type { StepComparisonStore } from '../controllers/step-comparison.ts';
import type { StepPlayerStore } from '../controllers/step-player.ts';
import type { SelectionStore } from '../stores/selection-store.ts';
import type { SessionStore } from '../stores/session-store.ts';
import type { TimeStore } from '../stores/time-store.ts';
import type { TimelineStore } from '../controllers/timeline.ts';
import type { ViewSettings } from '../stores/view-store.ts';
import type { TriggersStore } from '../controllers/triggers.ts';
import type { MethodsStore } from '../controllers/methods-lab.ts';
import type { WriteWatchStore } from '../stores/write-watch-store.ts';
import type { VmaSums } from '../data/vma-summary.ts';

export const ModelContext = createContext<AppModel | null>(null);

export function useModel(): AppModel {
  const model = useContext(ModelContext);
  if (!model) throw new Error('no InspectorContext above this component');
  return model;
}

export function useSession<T>(select: (state: SessionStore) => T): T {
  return useStore(useModel().session, select);
}
export function useSelection<T>(select: (state: SelectionStore) => T): T {
  return useStore(useModel().selection, select);
}
export function useView<T>(select: (state: ViewSettings) => T): T {
  return useStore(useModel().view, select);
}
export function useOperations<T>(select: (state: OperationsStore) => T): T {
  return useStore(useModel().operations.store, select);
}
export function useVmaSums<T>(select: (state: VmaSums) => T): T {
  return useStore(useModel().summary.store, select);
}
export function useTime<T>(select: (state: TimeStore) => T): T {
  return useStore(useModel().time, select);
}
export function useInspection<T>(select: (state: Inspection) => T): T {
  return useStore(useModel().inspection.store, select);
}
export function usePageObjects<T>(select: (state: PageObjectsStore) => T): T {
  return useStore(useModel().pageObjects.store, select);
}
export function useNamedRanges<T>(select: (state: NamedRangesStore) => T): T {
  return useStore(useModel().namedRanges.store, select);
}
export function useWriteWatches<T>(select: (state: WriteWatchStore) => T): T {
  return useStore(useModel().writeWatches.store, select);
}
export function useMethods<T>(select: (state: MethodsStore) => T): T {
  return useStore(useModel().methods.store, select);
}
export function useTriggers<T>(select: (state: TriggersStore) => T): T {
  return useStore(useModel().triggers.store, select);
}
export function useTimeline<T>(select: (state: TimelineStore) => T): T {
  return useStore(useModel().timeline.store, select);
}
export function useSteps<T>(select: (state: StepPlayerStore) => T): T {
  return useStore(useModel().steps.store, select);
}
export function useStepComparison<T>(select: (state: StepComparisonStore) => T): T {
  return useStore(useModel().stepComparison.store, select);
}
export function useLessons<T>(select: (state: LessonStore) => T): T {
  return useStore(useModel().lessons.store, select);
}
export function useRecorder<T>(select: (state: RecorderStore) => T): T {
  return useStore(useModel().recorder.store, select);
}
/** Playback state of the open recording; null for other sources. */
export function usePlayback(): PlaybackState | null {
  return useSession((state) => state.state?.source?.playback ?? null);
}
/** The time, in ms, that all views show of a live session; null: the latest, or a recording. */
export function usePast(): number | null {
  const cursor = useTime((state) => state.cursor);
  const isLive = useSession((state) => state.state?.source?.playback === null);
  return isLive ? cursor : null;
}
export function useCompare<T>(select: (state: CompareStore) => T): T {
  return useStore(useModel().compare.store, select);
}
