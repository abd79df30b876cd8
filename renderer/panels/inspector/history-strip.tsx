import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { cssOf, paletteOf } from '../../heatmap/paint/palette.ts';
import { useModel, useSession, useView } from '../../model/context.ts';
import { PAGE_SAMPLES } from '../../controllers/page-history.ts';
import { formatAge, plural } from '../../ui/format.ts';
import { useTheme } from '../../ui/use-media.ts';

const CELL = 2;
const HEIGHT = 16;
const TIMES = 6;

/** When the page was written in the last samples: a cell each, the latest at the right, and the last times. */
export function HistoryStrip({ page }: { readonly page: number }) {
  const { frames, pageHistory } = useModel();
  const figures = useSession((session) => session.figures);
  const theme = useTheme(useView((view) => view.theme));
  const colourMap = useView((view) => view.colourMap);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => pageHistory.refresh(page), [pageHistory, page, figures]);
  const known = useStore(pageHistory.store);
  const samples = known.page === page ? known.samples : [];
  const count = samples.filter(({ written }) => written).length;
  const now = frames.now();
  const times = samples
    .filter(({ written }) => written)
    .map(({ time }) => formatAge(Math.max(0, now - time)));

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const { ramp } = paletteOf(theme, colourMap);
    const brightest = ramp.at(-1) ?? [255, 255, 255];
    context.clearRect(0, 0, PAGE_SAMPLES * CELL, HEIGHT);
    const first = PAGE_SAMPLES - samples.length;
    samples.forEach(({ written }, i) => {
      context.fillStyle = written ? cssOf(brightest) : 'rgb(128 128 128 / 35%)';
      // Height shows it as well as colour.
      const height = written ? HEIGHT : 2;
      context.fillRect((first + i) * CELL, HEIGHT - height, CELL, height);
    });
  });

  return (
    <div className="inspector__part" role="group" aria-label="History">
      <h3>
        History <span className="faint">{plural(samples.length, 'frame')}</span>
      </h3>
      <canvas
        ref={canvas}
        className="history"
        width={PAGE_SAMPLES * CELL}
        height={HEIGHT}
        role="img"
        aria-label={`Written in ${count} of the last ${plural(samples.length, 'frame')}`}
      />
      <p className="dim" data-testid="page-history">
        {count === 0
          ? 'Not seen written in these frames.'
          : frames.mode === 'hold'
            ? `Newly written in ${plural(count, 'frame')}; when it was last written is not known in mode hold.`
            : `Written in ${plural(count, 'frame')}; last ${times.slice(-TIMES).toReversed().join(', ')} ago.`}
      </p>
    </div>
  );
}
