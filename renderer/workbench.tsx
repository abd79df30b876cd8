import { useState } from 'react';
import { MemoryMap } from './panels/memory-map/memory-map.tsx';
import { Operations } from './panels/operations/operations.tsx';
import { ProgramOutput } from './panels/sources/program-output.tsx';
import { StatusBar } from './panels/status/status-bar.tsx';
import { Toolbar } from './panels/toolbar/toolbar.tsx';
import { VmaTable } from './panels/vma-table/vma-table.tsx';
import { useInspector, useView } from './session/context.ts';
import { Splitter } from './ui/splitter.tsx';
import { useMedia } from './ui/use-media.ts';

/** Panels around the map. In a narrow window one side at a time is open, so that the map keeps its room. */
export function Workbench() {
  const { view } = useInspector();
  const { leftOpen, rightOpen, leftWidth, rightWidth } = useView((state) => state);
  const narrow = useMedia('(max-width: 959px)');
  const [narrowSide, setNarrowSide] = useState<'left' | 'right' | null>('right');
  const left = narrow ? narrowSide === 'left' : leftOpen;
  const right = narrow ? narrowSide === 'right' : rightOpen;
  return (
    <>
      <Toolbar
        leftOpen={left}
        rightOpen={right}
        onLeft={(open) => (narrow ? setNarrowSide(open ? 'left' : null) : view.setState({ leftOpen: open }))}
        onRight={(open) =>
          narrow ? setNarrowSide(open ? 'right' : null) : view.setState({ rightOpen: open })
        }
      />
      <main className="workbench">
        {left && (
          <>
            <div className="workbench__side" style={{ width: narrow ? Math.min(leftWidth, 300) : leftWidth }}>
              <VmaTable />
            </div>
            <Splitter
              label="Width of the mappings"
              side="left"
              size={leftWidth}
              min={160}
              max={900}
              onChange={(size) => view.setState({ leftWidth: size })}
            />
          </>
        )}
        <div className="workbench__middle">
          <MemoryMap />
        </div>
        {right && (
          <>
            <Splitter
              label="Width of the operations"
              side="right"
              size={rightWidth}
              min={260}
              max={700}
              onChange={(size) => view.setState({ rightWidth: size })}
            />
            <div className="workbench__side" style={{ width: rightWidth }}>
              <Operations />
            </div>
          </>
        )}
      </main>
      <ProgramOutput />
      <StatusBar />
    </>
  );
}
