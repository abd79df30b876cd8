/** The application menu: the standard items, and the window's own actions. */
import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import { MENU_TITLES, type ApplicationMenu, type MenuItem } from '#shared/contract/shell.ts';

export interface AppMenu {
  /** Shows the window's actions, in place of those before. */
  show(actions: ApplicationMenu): void;
}

/** @param onSelect is called with the id of each selected action */
export function createMenu(onSelect: (id: string) => void): AppMenu {
  let shape = '';
  let menu: Menu | null = null;
  return {
    show(actions) {
      const items = actions.flatMap(({ sections }) => sections.flat());
      const next = JSON.stringify(actions.map(({ title, sections }) => [title, sections.map(shapeOf)]));
      if (menu === null || next !== shape) {
        shape = next;
        menu = Menu.buildFromTemplate(templateOf(actions, onSelect));
        Menu.setApplicationMenu(menu);
      }
      // Built once, changed in place: a new menu would close the one that is open.
      for (const { id, enabled, checked } of items) {
        const item = menu.getMenuItemById(id);
        if (!item) continue;
        item.enabled = enabled;
        if (checked !== null) item.checked = checked;
      }
    },
  };
}

const shapeOf = (items: readonly MenuItem[]): unknown =>
  items.map(({ id, title, accelerator, checked }) => [id, title, accelerator, checked !== null]);

/** The menu as Electron builds it: per title the roles that every application has, around the window's actions. */
export function templateOf(
  actions: ApplicationMenu,
  onSelect: (id: string) => void,
): MenuItemConstructorOptions[] {
  const template = MENU_TITLES.map((title): MenuItemConstructorOptions => {
    const own = actions.find((part) => part.title === title)?.sections ?? [];
    const sections = [
      ...own.map((items) => items.map((item) => itemOf(item, onSelect))),
      ...(ROLES[title] ?? []),
    ].filter((items) => items.length > 0);
    return {
      label: `&${title}`,
      submenu: sections.flatMap((items, i) => (i === 0 ? items : [{ type: 'separator' as const }, ...items])),
    };
  }).filter(({ submenu }) => Array.isArray(submenu) && submenu.length > 0);
  return process.platform === 'darwin' ? [{ role: 'appMenu' }, ...template] : template;
}

function itemOf(item: MenuItem, onSelect: (id: string) => void): MenuItemConstructorOptions {
  const { id, title, accelerator, enabled, checked } = item;
  return {
    id,
    // A single & would underline the letter after it.
    label: title.replaceAll('&', '&&'),
    enabled,
    ...(checked === null ? {} : { type: 'checkbox' as const, checked }),
    // The window handles its keys itself, except in text fields; here they are only shown.
    ...(accelerator === null ? {} : { accelerator, registerAccelerator: false }),
    click: () => onSelect(id),
  };
}

const ROLES: Partial<Record<(typeof MENU_TITLES)[number], MenuItemConstructorOptions[][]>> = {
  File: [[{ role: 'quit', label: '&Quit' }]],
  Edit: [
    [{ role: 'undo' }, { role: 'redo' }],
    [{ role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }],
  ],
  View: [
    [
      { role: 'resetZoom', label: '&Actual Size' },
      { role: 'zoomIn', label: 'Zoom &In' },
      { role: 'zoomOut', label: 'Zoom &Out' },
      { role: 'togglefullscreen', label: '&Full Screen' },
    ],
    [
      { role: 'reload', label: '&Reload View' },
      ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' as const, label: '&Developer Tools' }]),
    ],
  ],
};
