import { Copy, Tag } from 'lucide-react';
import { type Key, Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { formatPage } from '#shared/memory/page.ts';
import { useActions } from '../../actions/context.ts';
import { useInspection, useModel, useSelection, useSession, useView } from '../../model/context.ts';
import { sumRange } from '../../data/range-summary.ts';
import { INSPECTOR_TABS } from '../../stores/view-store.ts';
import { Address } from '../../ui/address.tsx';
import { IconButton } from '../../ui/button.tsx';
import { formatCount, formatPages, plural } from '../../ui/format.ts';
import { PanelHead } from '../../ui/panel-head.tsx';
import { BytesTab } from './bytes-tab.tsx';
import { PageTab } from './page-tab.tsx';
import { TablesTab } from './tables-tab.tsx';
import { WritersTab } from './writers-tab.tsx';
import './inspector.css';

const TITLES = { page: 'Page', tables: 'Tables', bytes: 'Bytes', writers: 'Writers' } as const;

/** The selected page: its state, why it counts as written, its page-table walk, its contents. */
export function InspectorPanel() {
  const { view } = useModel();
  const actions = useActions();
  const open = useView((state) => state.inspectorOpen);
  const tab = useView((state) => state.inspectorTab);
  const page = useInspection((state) => state.page);
  return (
    <section className="inspector" aria-label="Inspector" tabIndex={-1}>
      <PanelHead title="Inspector" isOpen={open} onOpen={(next) => view.setState({ inspectorOpen: next })}>
        {page !== null && (
          <>
            <span className="inspector__address selectable" data-testid="inspected-page">
              <Address page={page} />
            </span>
            <IconButton
              label={`Copy the address ${formatPage(page)}`}
              icon={Copy}
              onPress={() => void actions.run('inspector.copy-address')}
            />
          </>
        )}
      </PanelHead>
      {open &&
        (page === null ? (
          <p className="empty inspector__none">
            No page selected. Click one, use the arrow keys, or press N for the next written page.
          </p>
        ) : (
          <>
            <RangeNote page={page} />
            <Tabs
              className="inspector__tabs"
              selectedKey={tab}
              onSelectionChange={(key: Key) => {
                const selected = INSPECTOR_TABS.find((one) => one === key);
                if (selected) view.setState({ inspectorTab: selected });
              }}
            >
              <TabList className="tabs" aria-label="Page details">
                {INSPECTOR_TABS.map((id) => (
                  <Tab key={id} id={id} className="tabs__tab">
                    {TITLES[id]}
                  </Tab>
                ))}
              </TabList>
              <TabPanel id="page" className="inspector__panel">
                <PageTab page={page} />
              </TabPanel>
              <TabPanel id="tables" className="inspector__panel">
                <TablesTab />
              </TabPanel>
              <TabPanel id="bytes" className="inspector__panel inspector__panel--bytes">
                <BytesTab />
              </TabPanel>
              <TabPanel id="writers" className="inspector__panel">
                <WritersTab page={page} />
              </TabPanel>
            </Tabs>
          </>
        ))}
    </section>
  );
}

/** What the selected range holds, and which page of it is shown. */
function RangeNote({ page }: { readonly page: number }) {
  const { frames } = useModel();
  const actions = useActions();
  const range = useSelection((state) => state.range);
  useSession((session) => session.figures);
  if (!range || range.end - range.start < 2) return null;
  const pages = range.end - range.start;
  const { written, present, swapped, vmas } = sumRange(frames, range);
  const inside = page >= range.start && page < range.end;
  return (
    <div className="inspector__range" data-testid="range-note">
      <p className="inspector__selected">
        <b>{plural(pages, 'page')} selected</b>{' '}
        <span className="dim">
          {formatPages(pages)}, {plural(vmas, 'mapping')}
        </span>
        <IconButton label="Name this range …" icon={Tag} onPress={() => void actions.run('ranges.name')} />
      </p>
      <p className="dim">
        {formatCount(written)} written · {formatCount(present)} present
        {swapped > 0 && ` · ${formatCount(swapped)} swapped`}
        {inside && ` · below: page ${formatCount(page - range.start + 1)} of them`}
      </p>
    </div>
  );
}
