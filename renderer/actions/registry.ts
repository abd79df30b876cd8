import { createStore } from 'zustand/vanilla';
import type { MapView } from '../heatmap/view/map-view.ts';
import type { AppModel } from '../model/app-model.ts';
import type { Action, ActionContext, Dialogs, KeyHint } from './action.ts';
import { type Chord, isCommand, keyText, type KeyPress, matches, parseChord } from './key-text.ts';

interface Bound {
  readonly action: Action;
  readonly chord: Chord;
}

/** Every action of the program. Keys, palette, help and the application menu are drawn from it. */
export class ActionRegistry {
  readonly actions: readonly Action[];
  readonly hints: readonly KeyHint[];
  readonly context: ActionContext;
  private readonly byId: ReadonlyMap<string, Action>;
  private readonly bound: readonly Bound[];

  /** Throws if two actions have the same id or key. */
  constructor(actions: readonly Action[], hints: readonly KeyHint[], model: AppModel, map: MapView) {
    this.actions = actions;
    this.hints = hints;
    this.context = { model, map, dialogs: createStore<Dialogs>(() => ({ open: null })) };
    this.byId = new Map(actions.map((action) => [action.id, action]));
    if (this.byId.size !== actions.length) throw new Error('two actions have the same id');
    this.bound = actions.flatMap((action) =>
      (action.keys ?? []).map((text) => ({ action, chord: parseChord(text) })),
    );
    const taken = new Map<string, string>();
    for (const { action, chord } of this.bound) {
      const key = JSON.stringify(chord);
      const other = taken.get(key);
      if (other !== undefined) throw new Error(`${other} and ${action.id} have the same key`);
      taken.set(key, action.id);
    }
  }

  get(id: string): Action {
    const action = this.byId.get(id);
    if (!action) throw new Error(`no action ${id}`);
    return action;
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  /** The key that is shown for an action, as on the keyboard: `Ctrl+B`; undefined if it has none. */
  keyOf(id: string): string | undefined {
    const [key] = this.get(id).keys ?? [];
    return key === undefined ? undefined : keyText(key);
  }

  isAvailable(action: Action): boolean {
    return action.available ? action.available(this.context) : this.context.model.session.getState().picture;
  }

  /** Runs an action by its id. False if it cannot be run now. */
  run(id: string): boolean {
    const action = this.get(id);
    if (!this.isAvailable(action)) return false;
    action.run(this.context);
    return true;
  }

  /** The action that a key press runs now. @param typing whether a text field has the focus */
  forPress(press: KeyPress, typing: boolean): Action | null {
    const bound = this.bound.find(({ chord }) => matches(chord, press));
    if (!bound || (typing && !isCommand(bound.chord)) || !this.isAvailable(bound.action)) return null;
    return bound.action;
  }

  /** Notifies of everything that availability and check marks depend on. @returns a function that stops it */
  onChange(listener: () => void): () => void {
    const { model } = this.context;
    const stops = [
      model.session.subscribe((now, before) => {
        if (now.state !== before.state || now.picture !== before.picture || now.host !== before.host)
          listener();
      }),
      model.selection.subscribe((now, before) => {
        if ((now.range === null) !== (before.range === null)) listener();
      }),
      model.view.subscribe(listener),
      model.lessons.store.subscribe((now, before) => {
        if (now.open !== before.open || now.presenting !== before.presenting) listener();
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }
}
