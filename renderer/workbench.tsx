import { type ReactNode, useEffect } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { InspectorPanel } from './panels/inspector/inspector-panel.tsx';
import { Operations } from './panels/operations/operations.tsx';
import { ProgramOutput } from './panels/sources/program-output.tsx';
import { StatusBar } from './panels/status/status-bar.tsx';
import { PastNote } from './panels/timeline/past-note.tsx';
import { Toolbar } from './panels/toolbar/toolbar.tsx';
import { VmaTable } from './panels/vma-table/vma-table.tsx';
import { useModel, useSteps, useView } from './model/context.ts';
import { WALK_VIEW } from './panels/inspector/walk-view-id.ts';
import type { ViewSettings } from './stores/view-store.ts';
import {
  heightWithin,
  isSideOpen,
  LEFT_MIN,
  openSide,
  RIGHT_MIN,
  roomOf,
  widthsOf,
} from './stores/panels.ts';
import { BOTTOM_PANELS, MIDDLE_VIEWS } from './slots.tsx';
import { Splitter } from './ui/splitter.tsx';
import { useSize } from './ui/use-size.ts';

/** What the middle keeps above the panels at the bottom, in pixels. */
const ABOVE_BOTTOM = 330;
const BOTTOM_MIN = 64;
const INSPECTOR_MIN = 160;
const OPERATIONS_MIN = 180;
/** Width of the line between two panels. */
const LINE = 1;

/** Nothing beside the middle. */
const WALK_ALONE = { left: null, right: null, middle: true } as const;

/** Whether the page-table walk has the whole window (key P). */
const isWalkWhole = ({ middle, walkWhole }: ViewSettings): boolean => middle === WALK_VIEW && walkWhole;

/** Panels around the map. The narrower the window, the fewer of them at a time, so that each keeps its room. */
export function Workbench() {
  const { view } = useModel();
  const settings = useView((state) => state);
  const [ref, size] = useSize<HTMLElement>();
  const width = size?.width ?? window.innerWidth;
  const room = roomOf(width);
  const whole = isWalkWhole(settings);
  const { left, right, middle } = whole ? WALK_ALONE : widthsOf(settings, width);
  return (
    <>
      <Toolbar
        leftOpen={isSideOpen(settings, room, 'left')}
        rightOpen={isSideOpen(settings, room, 'right')}
        onLeft={(open) => openSide(view, room, 'left', open)}
        onRight={(open) => openSide(view, room, 'right', open)}
      />
      <main ref={ref} className="workbench" tabIndex={-1}>
        {left !== null && (
          <div id="side-left" className="workbench__side" style={{ width: left }}>
            <VmaTable />
          </div>
        )}
        {left !== null && middle && (
          <Splitter
            label="Width of the mappings"
            side="left"
            controls="side-left"
            size={left}
            min={LEFT_MIN}
            max={900}
            onChange={(leftWidth) => view.setState({ leftWidth })}
            onCollapse={() => openSide(view, room, 'left', false)}
          />
        )}
        {middle && <Middle />}
        {right !== null && middle && (
          <Splitter
            label="Width of inspector and operations"
            side="right"
            controls="side-right"
            size={right}
            min={RIGHT_MIN}
            max={900}
            onChange={(rightWidth) => view.setState({ rightWidth })}
            onCollapse={() => openSide(view, room, 'right', false)}
          />
        )}
        {right !== null && (
          <div id="side-right" className="workbench__side" style={{ width: right }}>
            <RightSide />
          </div>
        )}
      </main>
      {!whole && <ProgramOutput />}
      {!whole && <StatusBar />}
    </>
  );
}

/** The inspector over the operations. */
function RightSide() {
  const { view } = useModel();
  const { inspectorHeight, inspectorOpen, operationsOpen } = useView((state) => state);
  const [ref, size] = useSize<HTMLDivElement>();
  const room = size?.height ?? window.innerHeight;
  const both = inspectorOpen && operationsOpen;
  const rest = OPERATIONS_MIN + LINE;
  // As high as its content, up to the height that the user set.
  const most = heightWithin(inspectorHeight, room, rest, INSPECTOR_MIN);
  const [inspector, inspectorSize] = useSize<HTMLDivElement>();
  const height = Math.min(most, inspectorSize?.height ?? most);
  const grow = { flex: 1, minHeight: INSPECTOR_MIN } as const;
  return (
    <div ref={ref} className="workbench__right">
      <div
        ref={inspector}
        id="inspector"
        className="workbench__inspector"
        style={both ? { maxHeight: most } : inspectorOpen ? grow : {}}
      >
        <InspectorPanel />
      </div>
      {both ? (
        <Splitter
          label="Height of the inspector"
          side="above"
          controls="inspector"
          size={height}
          min={INSPECTOR_MIN}
          max={Math.max(INSPECTOR_MIN, room - rest)}
          onChange={(next) => view.setState({ inspectorHeight: next })}
          onCollapse={() => view.setState({ inspectorOpen: false })}
        />
      ) : (
        <div className="workbench__line" />
      )}
      <div style={operationsOpen ? { flex: 1, minHeight: OPERATIONS_MIN } : { flex: 'none' }}>
        <Operations />
      </div>
    </div>
  );
}

/** The views of the pages, and what is below them. */
function Middle() {
  const { view } = useModel();
  const { bottomHeight, bottomOpen } = useView((state) => state);
  const stepping = useSteps(({ state }) => state !== null);
  // A program that is played by sub-steps keeps its player below the walk.
  const whole = useView(isWalkWhole) && !stepping;
  const [ref, size] = useSize<HTMLDivElement>();
  const room = size?.height ?? window.innerHeight;
  const height = heightWithin(bottomHeight, room, ABOVE_BOTTOM, BOTTOM_MIN);
  return (
    <div ref={ref} className="workbench__middle">
      <MiddleViews />
      <PastNote />
      {BOTTOM_PANELS.length > 0 && bottomOpen && !whole && (
        <>
          <Splitter
            label="Height of the timeline"
            side="below"
            controls="bottom"
            size={height}
            min={BOTTOM_MIN}
            max={Math.max(BOTTOM_MIN, room - ABOVE_BOTTOM)}
            onChange={(next) => view.setState({ bottomHeight: next })}
            onCollapse={() => view.setState({ bottomOpen: false })}
          />
          <div id="bottom" className="workbench__bottom" style={{ height }}>
            {BOTTOM_PANELS.map((Panel) => (
              <Panel key={Panel.displayName ?? Panel.name} />
            ))}
          </div>
        </>
      )}
    </div>
  );
}

function MiddleViews(): ReactNode {
  const { view } = useModel();
  const selected = useView((state) => state.middle);
  const [tabs, size] = useSize<HTMLDivElement>();
  // An action may select a tab that is scrolled out of a narrow row, and a row may become narrow.
  useEffect(() => {
    tabs.current?.querySelector('[data-selected]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [tabs, selected, size]);
  const [first] = MIDDLE_VIEWS;
  if (!first) return null;
  const shown = MIDDLE_VIEWS.find(({ id }) => id === selected) ?? first;
  if (MIDDLE_VIEWS.length === 1) {
    return (
      <div className="workbench__view">
        <shown.View />
      </div>
    );
  }
  return (
    <Tabs
      className="workbench__view workbench__tabs"
      selectedKey={shown.id}
      onSelectionChange={(key) => view.setState({ middle: String(key), walkWhole: false })}
    >
      <TabList ref={tabs} className="tabs" aria-label="Views of the pages">
        {MIDDLE_VIEWS.map(({ id, title }) => (
          <Tab key={id} id={id} className="tabs__tab">
            {title}
          </Tab>
        ))}
      </TabList>
      {MIDDLE_VIEWS.map(({ id, View }) => (
        <TabPanel key={id} id={id} className="workbench__tabpanel">
          <View />
        </TabPanel>
      ))}
    </Tabs>
  );
}
