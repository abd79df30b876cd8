import type { MapStill } from '../heatmap/export/map-still.ts';
import type { MapInput } from '../heatmap/view/map-input.ts';
import type { MapView } from '../heatmap/view/map-view.ts';
import type { AppModel } from './app-model.ts';

/** The address map's input, from the model. */
export function mapInput(model: AppModel): MapInput {
  const { frames, selection, view, operations, writeWatches, raf, link, session, steps, namedRanges } = model;
  return {
    frames,
    selection,
    settings: view,
    operations: operations.store,
    lit: () => steps.lit,
    onLit: (changed) => void steps.store.subscribe(changed),
    writeWatches: writeWatches.store,
    named: () => namedRanges.store.getState().shown,
    onNamed: (changed) =>
      void namedRanges.store.subscribe(({ shown }, before) => {
        if (shown !== before.shown) changed();
      }),
    raf,
    readBytes: async (page, pages) => (await link.call('page.bytes', { page, pages })).bytes,
    hasBytes: () => session.getState().state?.source?.capabilities.bytes ?? false,
  };
}

/** What the map shows now, frames that still wait included, as a picture of it takes it. */
export function mapStill({ pump, session }: AppModel, map: MapView): MapStill {
  pump.frame();
  const description = session.getState().state?.source?.description;
  return map.still({ title: description?.title ?? '', detail: description?.detail ?? '' });
}
