import { currentRoom, isSideOpen, openSide } from '../stores/panels.ts';
import { COLOUR_MAPS, COLOURINGS, LAYOUT, type Side, THEMES } from '../stores/view-store.ts';
import { type Action, type ActionContext, always } from './action.ts';
import { focusNextPanel } from './focus.ts';

const side = (id: Side, title: string, key: string): Action => {
  const isOpen = ({ model }: ActionContext): boolean => isSideOpen(model.view.getState(), currentRoom(), id);
  return {
    id: `view.side-${id}`,
    title,
    group: 'View',
    keys: [key],
    words: 'panel show hide toggle',
    checked: isOpen,
    run: (context) => openSide(context.model.view, currentRoom(), id, !isOpen(context)),
  };
};

type Flag = 'bottomOpen' | 'inspectorOpen' | 'operationsOpen';
const flag = (name: Flag, title: string, keys: readonly string[] = []): Action => ({
  id: `view.${name.replace('Open', '')}`,
  title,
  group: 'View',
  keys,
  words: 'panel show hide toggle',
  checked: ({ model }) => model.view.getState()[name],
  run: ({ model }) => model.view.setState((view) => ({ [name]: !view[name] })),
});

const COLOURING_TITLES = {
  age: 'Colour pages by when they were last written',
  often: 'Colour pages by how often they are written',
  writers: 'Colour pages by the code that writes them',
} as const;
const THEME_TITLES = { system: 'Use system theme', dark: 'Dark theme', light: 'Light theme' } as const;
const MAP_TITLES = {
  cividis: 'Colours of the map: cividis',
  viridis: 'Colours of the map: viridis',
  contrast: 'Colours of the map: high contrast',
} as const;

/** The window itself: panels, theme, help. */
export const viewActions: readonly Action[] = [
  side('left', 'Panel: mappings', 'Ctrl+B'),
  side('right', 'Panels: inspector and operations', 'Ctrl+Alt+B'),
  flag('bottomOpen', 'Panel: timeline', ['Ctrl+J']),
  flag('inspectorOpen', 'Panel: inspector'),
  flag('operationsOpen', 'Panel: operations'),
  {
    id: 'view.next-panel',
    title: 'Focus next panel',
    group: 'View',
    keys: ['F6'],
    words: 'focus',
    run: () => focusNextPanel(1),
  },
  {
    id: 'view.previous-panel',
    title: 'Focus previous panel',
    group: 'View',
    keys: ['Shift+F6'],
    words: 'focus',
    run: () => focusNextPanel(-1),
  },
  {
    id: 'view.reset',
    title: 'Reset layout',
    group: 'View',
    words: 'layout default sizes',
    available: always,
    run: ({ model }) => model.view.setState(LAYOUT),
  },
  ...THEMES.map((theme) => ({
    id: `view.theme-${theme}`,
    title: THEME_TITLES[theme],
    group: 'View' as const,
    words: 'appearance colours',
    available: always,
    checked: ({ model }: ActionContext) => model.view.getState().theme === theme,
    run: ({ model }: ActionContext) => model.view.setState({ theme }),
  })),
  ...COLOURINGS.map((colouring) => ({
    id: `view.colouring-${colouring}`,
    title: COLOURING_TITLES[colouring],
    group: 'View' as const,
    words: 'heat map frequency intervals count age writers function thread',
    available: always,
    checked: ({ model }: ActionContext) => model.view.getState().colouring === colouring,
    run: ({ model }: ActionContext) => model.view.setState({ colouring }),
  })),
  ...COLOUR_MAPS.map((colourMap) => ({
    id: `view.colours-${colourMap}`,
    title: MAP_TITLES[colourMap],
    group: 'View' as const,
    words: 'palette theme colour-blind',
    available: always,
    checked: ({ model }: ActionContext) => model.view.getState().colourMap === colourMap,
    run: ({ model }: ActionContext) => model.view.setState({ colourMap }),
  })),
  {
    id: 'view.methods',
    title: 'Compare tracking methods',
    group: 'View',
    words: 'benchmark measure lab mprotect userfaultfd soft-dirty PAGEMAP_SCAN SIGSEGV',
    available: always,
    run: ({ model }) => model.methods.open(true),
  },
  {
    id: 'help.palette',
    title: 'Show all commands',
    group: 'Help',
    keys: ['Ctrl+Shift+P'],
    words: 'command palette search',
    available: always,
    run: ({ dialogs }) => dialogs.setState({ open: 'palette' }),
  },
  {
    id: 'help.guide',
    title: 'User guide',
    group: 'Help',
    words: 'help manual documentation how to questions faq',
    available: always,
    run: ({ dialogs }) => dialogs.setState({ open: 'guide' }),
  },
  {
    id: 'help.keys',
    title: 'Keyboard shortcuts',
    group: 'Help',
    keys: ['?', 'F1'],
    words: 'help keyboard shortcuts',
    available: always,
    run: ({ dialogs }) => dialogs.setState({ open: 'keys' }),
  },
];
