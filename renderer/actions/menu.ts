import type { ApplicationMenu, MenuItem, Shell } from '#shared/contract/shell.ts';
import type { Action, ActionGroup } from './action.ts';
import { parseChord } from './key-text.ts';
import type { ActionRegistry } from './registry.ts';

/** The groups of each menu, a section each. */
const MENUS: readonly {
  readonly title: ApplicationMenu[number]['title'];
  readonly groups: readonly ActionGroup[];
}[] = [
  { title: 'File', groups: ['Source', 'Recording', 'Export'] },
  { title: 'Edit', groups: ['Selection'] },
  { title: 'Run', groups: ['Sampling', 'Program', 'Timeline', 'Operations'] },
  { title: 'View', groups: ['View', 'Map'] },
  { title: 'Help', groups: ['Help'] },
];
/** Availability changes in bursts. */
const WAIT_MS = 150;

const ELECTRON_NAMES: Readonly<Record<string, string>> = {
  ' ': 'Space',
  '+': 'Plus',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  Escape: 'Esc',
};

/** A key as Electron writes accelerators. */
export function acceleratorOf(text: string): string {
  const { ctrl, alt, shift, key } = parseChord(text);
  const name = ELECTRON_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  return [
    ...(ctrl ? ['CommandOrControl'] : []),
    ...(alt ? ['Alt'] : []),
    ...(shift ? ['Shift'] : []),
    name,
  ].join('+');
}

/** The application menu as the registry gives it now. */
export function menuOf(registry: ActionRegistry): ApplicationMenu {
  const itemOf = (action: Action): MenuItem => ({
    id: action.id,
    title: action.title,
    accelerator: action.keys?.[0] === undefined ? null : acceleratorOf(action.keys[0]),
    enabled: registry.isAvailable(action),
    checked: action.checked ? action.checked(registry.context) : null,
  });
  return MENUS.map(({ title, groups }) => ({
    title,
    sections: groups
      .map((name) =>
        registry.actions.filter(({ group, listed }) => group === name && listed !== false).map(itemOf),
      )
      .filter((items) => items.length > 0),
  }));
}

/** Keeps the application menu in step with the registry, and runs the selected items. @returns a function that stops it */
export function keepMenu(
  registry: ActionRegistry,
  shell: Pick<Shell, 'showMenu' | 'onMenuAction'>,
): () => void {
  let shown = '';
  let timer: ReturnType<typeof setTimeout> | null = null;
  const show = (): void => {
    timer = null;
    const menu = menuOf(registry);
    const text = JSON.stringify(menu);
    if (text === shown) return;
    shown = text;
    void shell.showMenu(menu);
  };
  const stopChanges = registry.onChange(() => {
    timer ??= setTimeout(show, WAIT_MS);
  });
  const stopActions = shell.onMenuAction((id) => {
    if (registry.has(id)) registry.run(id);
  });
  show();
  return () => {
    if (timer !== null) clearTimeout(timer);
    stopChanges();
    stopActions();
  };
}
