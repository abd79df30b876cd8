import { useEffect, useRef } from 'react';
import { testBit } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { cssOf, paletteOf } from '../../heatmap/palette.ts';
import { useInspector, useSession, useView } from '../../session/context.ts';
import type { HistoryEntry } from '../../session/frame-history.ts';
import { formatAge, plural } from '../../ui/format.ts';
import { useTheme } from '../../ui/use-media.ts';

/** Frames shown; a cell each. */
const FRAMES = 128;
const CELL = 2;
const HEIGHT = 16;
const TIMES = 6;

/** Which of `frames` showed `page` as newly written. */
export function writesOf(frames: readonly HistoryEntry[], page: number): boolean[] {
  const tile = tileOfPage(page);
  const bit = page - tile * PAGES_PER_TILE;
  return frames.map(({ written }) => {
    const words = written.get(tile);
    return words !== undefined && testBit(words, 0, bit);
  });
}

/** When the page was written in the last frames: a cell a frame, the latest at the right, and the last times. */
export function HistoryStrip({ page }: { readonly page: number }) {
  const { frames } = useInspector();
  useSession((session) => session.figures);
  const theme = useTheme(useView((view) => view.theme));
  const colourMap = useView((view) => view.colourMap);
  const canvas = useRef<HTMLCanvasElement>(null);
  const entries = frames.history.entries.slice(-FRAMES);
  const writes = writesOf(entries, page);
  const count = writes.filter(Boolean).length;
  const now = frames.now();
  const times = entries.filter((_, i) => writes[i]).map(({ time }) => formatAge(Math.max(0, now - time)));
  // Of the last one the sample is known, also where several were merged in its frame.
  const latest = frames.ageOf(page, now);
  if (latest !== null && times.length > 0) times[times.length - 1] = formatAge(latest);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const { ramp } = paletteOf(theme, colourMap);
    const brightest = ramp.at(-1) ?? [255, 255, 255];
    context.clearRect(0, 0, FRAMES * CELL, HEIGHT);
    const first = FRAMES - writes.length;
    writes.forEach((written, i) => {
      context.fillStyle = written ? cssOf(brightest) : 'rgb(128 128 128 / 35%)';
      // Height tells it as well as colour does.
      const height = written ? HEIGHT : 2;
      context.fillRect((first + i) * CELL, HEIGHT - height, CELL, height);
    });
  });

  return (
    <div className="inspector__part" role="group" aria-label="History">
      <h3>
        History <span className="faint">{plural(entries.length, 'frame')}</span>
      </h3>
      <canvas
        ref={canvas}
        className="history"
        width={FRAMES * CELL}
        height={HEIGHT}
        role="img"
        aria-label={`Written in ${count} of the last ${plural(entries.length, 'frame')}`}
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
