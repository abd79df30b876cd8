import { describe, expect, it } from 'vitest';
import type { Action } from '../../actions/action.ts';
import { findActions } from './find-actions.ts';

const action = (id: string, title: string, more: Partial<Action> = {}): Action => ({
  id,
  title,
  group: 'View',
  run: () => undefined,
  ...more,
});
const ACTIONS = [
  action('view.dark', 'Dark theme', { words: 'appearance' }),
  action('map.zoom-in', 'Zoom in', { group: 'Map' }),
  action('map.zoom-out', 'Zoom out', { group: 'Map' }),
  action('map.up', 'Move up', { group: 'Map', listed: false }),
  action('operation.clear-refs', 'clear_refs 4: clear the whole process', { group: 'Operations' }),
  action('source.close', 'Close source and go to the start', { group: 'Source' }),
];
const ids = (query: string, recent: readonly string[] = []): string[] =>
  findActions(ACTIONS, query, recent).map(({ action: { id } }) => id);

describe('actions by name', () => {
  it.each([
    ['zoom out', 'map.zoom-out'],
    ['zmo', 'map.zoom-out'],
    ['clrefs', 'operation.clear-refs'],
    ['DARK', 'view.dark'],
    ['appear', 'view.dark'],
    ['close source', 'source.close'],
  ])('“%s” finds %s first', (query, id) => {
    expect(ids(query)[0]).toBe(id);
  });

  it('a text that is in no title finds nothing', () => {
    expect(ids('qqq')).toEqual([]);
  });

  it('without a word all are listed, the latest used first, then by group', () => {
    expect(ids('')).toEqual([
      'source.close',
      'operation.clear-refs',
      'map.zoom-in',
      'map.zoom-out',
      'view.dark',
    ]);
    expect(ids('', ['view.dark', 'map.zoom-out'])[0]).toBe('view.dark');
    expect(ids('', ['view.dark', 'map.zoom-out'])[1]).toBe('map.zoom-out');
  });

  it('the title is split into pieces that join to the title, with the typed text marked', () => {
    for (const {
      action: { title },
      pieces,
    } of findActions(ACTIONS, 'zoom', [])) {
      expect(pieces.join('')).toBe(title);
      expect(pieces[1]?.toLowerCase()).toBe('zoom');
    }
  });
});
