// First: schemas are made as soon as their modules load.
import './zod-without-eval.ts';
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ActionsContext } from './actions/context.ts';
import { keepMenu } from './actions/menu.ts';
import { ActionRegistry } from './actions/registry.ts';
import { ALL_ACTIONS, KEY_HINTS } from './all-actions.ts';
import { App } from './app.tsx';
import { debugHandle } from './debug-handle.ts';
import { MapContext } from './heatmap/view/context.ts';
import { MapView } from './heatmap/view/map-view.ts';
import { ModelContext } from './model/context.ts';
import { AppModel } from './model/app-model.ts';
import { mapInput } from './model/map-input.ts';
import { keepPhaseKey } from './controllers/phase-key.ts';

const model = new AppModel(window.localStorage);
const map = new MapView(mapInput(model));
const actions = new ActionRegistry(ALL_ACTIONS, KEY_HINTS, model, map);
model.start(window);
if (window.shell) {
  keepMenu(actions, window.shell);
  keepPhaseKey(model, window.shell);
}
// For tests alone: the packaged program is built without it.
if (import.meta.env.DEBUG_HANDLE && window.shell?.debugHandle) {
  window.inspectorDebug = debugHandle(model, map);
}

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <ModelContext value={model}>
      <MapContext value={map}>
        <ActionsContext value={actions}>
          <App />
        </ActionsContext>
      </MapContext>
    </ModelContext>
  </StrictMode>,
);
