// First: schemas are made as soon as their modules load.
import './zod-without-eval.ts';
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './ui/tokens.css';
import './ui/base.css';
import './ui/buttons.css';
import './ui/fields.css';
import './ui/menus.css';
import './ui/panels.css';
import './app.css';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { keepMenu } from './actions/menu.ts';
import { ActionRegistry } from './actions/registry.ts';
import { ALL_ACTIONS, KEY_HINTS } from './all-actions.ts';
import { debugHandle } from './debug-handle.ts';
import { MapView } from './heatmap/view/map-view.ts';
import { AppModel } from './model/app-model.ts';
import { mapInput } from './model/map-input.ts';
import { keepPhaseKey } from './controllers/phase-key.ts';
import { Root } from './root.tsx';

const model = new AppModel(window.localStorage);
const map = new MapView(mapInput(model));
const actions = new ActionRegistry(ALL_ACTIONS, KEY_HINTS, model, map);
model.start(window);
if (window.shell) {
  keepMenu(actions, window.shell);
  keepPhaseKey(model, window.shell);
}

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
// At once in place of the start page that index.html shows until now (start-page.tsx).
flushSync(() => createRoot(root).render(<Root model={model} map={map} actions={actions} />));
// For tests alone: the packaged program is built without it.
if (import.meta.env.DEBUG_HANDLE && window.shell?.debugHandle) {
  window.inspectorDebug = debugHandle(model, map);
}
