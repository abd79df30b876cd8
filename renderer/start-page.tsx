import './zod-without-eval.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { ActionRegistry } from './actions/registry.ts';
import { ALL_ACTIONS, KEY_HINTS } from './all-actions.ts';
import { MapView } from './heatmap/view/map-view.ts';
import { AppModel } from './model/app-model.ts';
import { mapInput } from './model/map-input.ts';
import { Root } from './root.tsx';

/**
 * The window before the engine runs, as HTML that takes no input: the build puts it into index.html, where it is painted while the
 * scripts are still read.
 */
export function startPage(): string {
  // Nothing is painted by script here.
  globalThis.requestAnimationFrame ??= () => 0;
  const model = new AppModel(null);
  const map = new MapView(mapInput(model));
  const actions = new ActionRegistry(ALL_ACTIONS, KEY_HINTS, model, map);
  const page = renderToStaticMarkup(<Root model={model} map={map} actions={actions} />);
  return (
    page
      .replace('<div ', '<div inert="" ')
      // The window's policy allows no style in HTML; what React Aria hides by one stays hidden.
      .replace(/ style="[^"]*clip:rect[^"]*"/g, ' hidden=""')
      .replace(/ style="[^"]*"/g, '')
  );
}
