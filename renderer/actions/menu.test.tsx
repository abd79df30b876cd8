import { mapInput } from '../model/map-input.ts';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { applicationMenuSchema, type ApplicationMenu } from '#shared/contract/shell.ts';
import { MapView } from '../heatmap/view/map-view.ts';
import { fillJsdom, openState } from '../testing/window.tsx';
import { AppModel } from '../model/app-model.ts';
import { type Action, always } from './action.ts';
import { acceleratorOf, keepMenu, menuOf } from './menu.ts';
import { ActionRegistry } from './registry.ts';

beforeAll(fillJsdom);
afterEach(() => void vi.useRealTimers());

const run = vi.fn();
const ACTIONS: readonly Action[] = [
  { id: 'source.close', title: 'Close', group: 'Source', keys: ['Ctrl+W'], run },
  { id: 'view.fold', title: 'Fold', group: 'Map', available: always, checked: () => true, run },
  { id: 'map.up', title: 'Up', group: 'Map', keys: ['w'], listed: false, run },
];
function registryOf(): ActionRegistry {
  const model = new AppModel(null);
  return new ActionRegistry(ACTIONS, [], model, new MapView(mapInput(model)));
}

describe('the application menu', () => {
  it.each([
    ['Ctrl+Shift+P', 'CommandOrControl+Shift+P'],
    ['Space', 'Space'],
    ['+', 'Plus'],
    ['g', 'G'],
    ['Shift+F6', 'Shift+F6'],
    ['Escape', 'Esc'],
    ['?', '?'],
  ])('writes %s as %s', (text, accelerator) => {
    expect(acceleratorOf(text)).toBe(accelerator);
  });

  it('has what the registry lists, with keys, marks and whether it can be run', () => {
    const menu = menuOf(registryOf());
    expect(applicationMenuSchema.parse(menu)).toEqual(menu);
    expect(menu.find(({ title }) => title === 'File')?.sections).toEqual([
      [
        {
          id: 'source.close',
          title: 'Close',
          accelerator: 'CommandOrControl+W',
          enabled: false,
          checked: null,
        },
      ],
    ]);
    expect(menu.find(({ title }) => title === 'View')?.sections).toEqual([
      [{ id: 'view.fold', title: 'Fold', accelerator: null, enabled: true, checked: true }],
    ]);
  });

  it('follows the window, and runs the selected item if available', () => {
    vi.useFakeTimers();
    const shown: ApplicationMenu[] = [];
    let select: (id: string) => void = () => undefined;
    const registry = registryOf();
    const stop = keepMenu(registry, {
      showMenu: (menu) => (shown.push(menu), Promise.resolve()),
      onMenuAction: (listener) => ((select = listener), () => undefined),
    });
    expect(shown).toHaveLength(1);
    select('source.close');
    select('nothing.such');
    expect(run).not.toHaveBeenCalled();
    registry.context.model.session.setState({ picture: true, state: openState() });
    vi.advanceTimersByTime(1000);
    expect(shown).toHaveLength(2);
    expect(shown[1]?.[0]?.sections[0]?.[0]?.enabled).toBe(true);
    select('source.close');
    expect(run).toHaveBeenCalledTimes(1);
    stop();
    registry.context.model.session.setState({ picture: false });
    vi.advanceTimersByTime(1000);
    expect(shown).toHaveLength(2);
  });
});
