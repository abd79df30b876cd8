import { formatPage } from '#shared/memory/page.ts';
import type { Action, ActionContext, KeyHint } from '../../actions/action.ts';
import { currentRoom, openSide } from '../../stores/panels.ts';
import { INSPECTOR_TABS } from '../../stores/view-store.ts';
import { announce } from '../../ui/announce.ts';
import { copyText } from '../../ui/copy.ts';
import { hexOf } from './hex-dump.tsx';
import { WALK_VIEW } from './walk-view-id.ts';

const inspection = ({ model }: ActionContext) => model.inspection.store.getState();
const hasPage = (context: ActionContext): boolean => inspection(context).page !== null;

function copy(text: string, what: string): void {
  announce(copyText(text) ? `${what} copied` : 'The clipboard could not be written.');
}

const TAB_TITLES = {
  page: 'Inspect the page: why it counts as written',
  tables: 'Inspect the page: its page tables',
  bytes: 'Inspect the page: its bytes',
  writers: 'Inspect the pages: which code writes to them',
} as const;

export const inspectorActions: readonly Action[] = [
  {
    id: 'inspector.copy-address',
    title: 'Copy the address of the page',
    group: 'Selection',
    keys: ['Ctrl+Shift+C'],
    available: hasPage,
    run: (context) => {
      const { page } = inspection(context);
      if (page !== null) copy(formatPage(page), formatPage(page));
    },
  },
  {
    id: 'inspector.copy-bytes',
    title: 'Copy the bytes of the page in hexadecimal',
    group: 'Selection',
    available: (context) => inspection(context).contents !== null,
    run: (context) => {
      const { contents } = inspection(context);
      if (contents) copy(hexOf(contents.bytes), `${contents.bytes.length} bytes`);
    },
  },
  ...INSPECTOR_TABS.map((inspectorTab): Action => ({
    id: `inspector.${inspectorTab}`,
    title: TAB_TITLES[inspectorTab],
    group: 'View',
    words: 'show panel',
    run: ({ model: { view } }) => {
      openSide(view, currentRoom(), 'right', true);
      view.setState({ inspectorTab, inspectorOpen: true });
    },
  })),
  {
    id: 'view.walk',
    title: 'Page-table walk in the whole window',
    group: 'View',
    words: 'teach project tables levels large full screen',
    keys: ['p'],
    checked: ({ model: { view } }) => view.getState().middle === WALK_VIEW && view.getState().walkWhole,
    run: ({ model: { view } }) =>
      view.setState(({ middle, walkWhole }) =>
        middle === WALK_VIEW && walkWhole
          ? { middle: 'map', walkWhole: false }
          : { middle: WALK_VIEW, walkWhole: true },
      ),
  },
];

export const inspectorKeyHints: readonly KeyHint[] = [
  { place: 'Bytes', keys: ['ArrowLeft', 'ArrowRight'], title: 'Next / previous byte' },
  { place: 'Bytes', keys: ['ArrowUp', 'ArrowDown'], title: 'A row up or down' },
  { place: 'Page-table walk', keys: ['ArrowLeft', 'ArrowRight'], title: 'Next / previous page' },
  { place: 'Page-table walk', keys: ['ArrowUp', 'ArrowDown'], title: 'Next / previous table' },
  { place: 'Bytes', keys: ['n'], title: 'Next byte that changed' },
];
