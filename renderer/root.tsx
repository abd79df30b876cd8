import { StrictMode } from 'react';
import { ActionsContext } from './actions/context.ts';
import type { ActionRegistry } from './actions/registry.ts';
import { App } from './app.tsx';
import { MapContext } from './heatmap/view/context.ts';
import type { MapView } from './heatmap/view/map-view.ts';
import { ModelContext } from './model/context.ts';
import type { AppModel } from './model/app-model.ts';

interface RootProps {
  readonly model: AppModel;
  readonly map: MapView;
  readonly actions: ActionRegistry;
}

/** The window with what its views take. */
export function Root({ model, map, actions }: RootProps) {
  return (
    <StrictMode>
      <ModelContext value={model}>
        <MapContext value={map}>
          <ActionsContext value={actions}>
            <App />
          </ActionsContext>
        </MapContext>
      </ModelContext>
    </StrictMode>
  );
}
