import { ArrowUpToLine, Flag, Maximize2, ZoomIn } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useModel, usePlayback, useTime } from '../../model/context.ts';
import { IconButton, IconToggle } from '../../ui/button.tsx';
import { formatTime } from '../../ui/time.ts';
import { Chart } from './chart.tsx';
import type { ChartView } from './chart-view.ts';
import { Legend } from './legend.tsx';
import { MarkList } from './mark-list.tsx';
import { PlaybackControls } from './playback-controls.tsx';
import { RecordControls } from './record-controls.tsx';
import './timeline.css';

/** Written pages by time, live and recorded alike, with playback, recording and marks. */
export function Timeline() {
  const model = useModel();
  const playback = usePlayback();
  const [view, setView] = useState<ChartView | null>(null);
  return (
    <section className="timeline" aria-label="Timeline" tabIndex={-1}>
      <div className="timeline__head">
        {playback ? <PlaybackControls state={playback} /> : <RecordControls />}
        <IconButton
          label="Add mark"
          icon={Flag}
          shortcut="M"
          onPress={() => void model.timeline.markHere()}
        />
        <MarkList />
        <span className="timeline__space" />
        <Interval />
        <Scale view={view} />
      </div>
      <Chart onView={setView} />
      <Legend view={view} />
    </section>
  );
}

/** What can be done with a brushed interval. */
function Interval() {
  const { playback } = useModel();
  const range = useTime((state) => state.range);
  const zoom = useTime((state) => state.zoom);
  return (
    <>
      {range && (
        <>
          <span className="dim num timeline__span">{formatTime(range.end - range.start, 2)} selected</span>
          <IconButton
            label="Zoom to selection"
            icon={ZoomIn}
            onPress={() => playback.zoomTo(range.start, range.end)}
          />
        </>
      )}
      {zoom && <IconButton label="Zoom to fit" icon={Maximize2} onPress={() => playback.zoomOut()} />}
    </>
  );
}

/** If a few frames are far above all others they are cut, unless this is on. */
function Scale({ view }: { readonly view: ChartView | null }) {
  const [whole, setWhole] = useState(false);
  useEffect(() => view?.setWhole(whole), [view, whole]);
  return (
    <IconToggle
      label="Scale to the largest frame"
      icon={ArrowUpToLine}
      isSelected={whole}
      onChange={setWhole}
    />
  );
}
