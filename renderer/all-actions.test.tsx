import { mapInput } from './model/map-input.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { ACTION_GROUPS, type Action } from './actions/action.ts';
import { ActionRegistry } from './actions/registry.ts';
import { ALL_ACTIONS, KEY_HINTS } from './all-actions.ts';
import { MapView } from './heatmap/view/map-view.ts';
import { fillJsdom } from './testing/window.tsx';
import { AppModel } from './model/app-model.ts';

beforeAll(fillJsdom);

function registryOf(actions: readonly Action[] = ALL_ACTIONS): ActionRegistry {
  const model = new AppModel(null);
  return new ActionRegistry(actions, KEY_HINTS, model, new MapView(mapInput(model)));
}
const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

describe('the actions of the program', () => {
  it('have ids, titles and keys of their own', () => {
    const { actions } = registryOf();
    expect(new Set(actions.map(({ title }) => title)).size).toBe(actions.length);
    for (const { id, title, group } of actions) {
      expect(id).toMatch(/^[a-z]+\.[a-z-]+$/);
      expect(title).toMatch(/^\S.*[^.\s]$/);
      expect(ACTION_GROUPS).toContain(group);
    }
  });

  it.each([
    ['the same id', { id: 'source.close' }],
    ['the same key', { id: 'source.other', keys: ['g'] }],
    ['the same key, written otherwise', { id: 'source.other', keys: ['Ctrl+Shift+p'] }],
  ])('refuse another with %s', (_what, change) => {
    const other: Action = { title: 'Other', group: 'Source', run: () => undefined, ...change };
    expect(() => registryOf([...ALL_ACTIONS, other])).toThrow(/have the same/);
  });

  it('are run by their keys if they can be run, and text fields keep theirs', () => {
    const registry = registryOf();
    expect(registry.forPress(press('f'), false)).toBeNull();
    registry.context.model.session.setState({ picture: true });
    expect(registry.forPress(press('f'), false)?.id).toBe('map.fit-selection');
    expect(registry.forPress(press('f'), true)).toBeNull();
    const palette = press('P', { ctrlKey: true, shiftKey: true });
    expect(registry.forPress(palette, true)?.id).toBe('help.palette');
  });

  it('put every panel back', () => {
    const registry = registryOf();
    const { view } = registry.context.model;
    const before = view.getState();
    view.setState({ leftWidth: 200, bottomOpen: false, rightOpen: false, theme: 'light' });
    registry.run('view.reset');
    expect(view.getState()).toEqual({ ...before, theme: 'light' });
  });
});
