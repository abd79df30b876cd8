import { useEffect, useRef } from 'react';
import {
  AGE_SCALE,
  HELD_SCALE,
  LEGEND_ENTRIES,
  samplePixel,
} from '../../heatmap/description/legend-entries.ts';
import { type Palette, paletteOf, pixelOf, type Swatch } from '../../heatmap/paint/palette.ts';
import { useSession, useView } from '../../model/context.ts';
import { useTheme } from '../../ui/use-media.ts';
import { OftenLegend } from './often-legend.tsx';
import { paint, Ramp } from './ramp.tsx';
import { WritersLegend } from './writers-legend.tsx';

/** What the colours mean, with units. */
export function Legend() {
  const isHold = useSession((session) => session.state?.mode === 'hold');
  const colouring = useView((state) => state.colouring);
  const theme = useTheme(useView((state) => state.theme));
  const palette = paletteOf(
    theme,
    useView((state) => state.colourMap),
    colouring,
  );
  return (
    <div className="legend" role="group" aria-label="Legend">
      {colouring === 'often' ? (
        <OftenLegend palette={palette} />
      ) : colouring === 'writers' ? (
        <WritersLegend palette={palette} />
      ) : isHold ? (
        <Held palette={palette} />
      ) : (
        <Heat palette={palette} />
      )}
      <div className="legend__keys">
        {LEGEND_ENTRIES.map((entry) => (
          <span key={entry.text} className="legend__key">
            {entry.kind === 'look' ? (
              <SwatchBox palette={palette} swatch={entry.swatch} />
            ) : (
              <span className={entry.split ? 'legend__outline legend__outline--split' : 'legend__outline'} />
            )}
            {entry.text}
          </span>
        ))}
      </div>
    </div>
  );
}

function Heat({ palette }: { readonly palette: Palette }) {
  return (
    <div className="legend__heat">
      <span>{AGE_SCALE.title}</span>
      <div className="legend__bar">
        <Ramp palette={palette} />
        {AGE_SCALE.ticks.map(({ at, text }) => (
          <span key={text} className="legend__tick" style={{ left: `${at * 100}%` }}>
            {text}
          </span>
        ))}
      </div>
    </div>
  );
}

function Held({ palette }: { readonly palette: Palette }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const latest = pixelOf(palette.ramp.at(-1) ?? [0, 0, 0]);
    paint(canvas.current, 12, 12, () => latest);
  });
  return (
    <span className="legend__key">
      <canvas ref={canvas} className="legend__swatch" width={12} height={12} aria-hidden />
      {HELD_SCALE.classes[0]?.text}
    </span>
  );
}

/** A swatch with its pattern, as the map draws it. */
function SwatchBox({ palette, swatch }: { readonly palette: Palette; readonly swatch: Swatch }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    paint(canvas.current, 12, 12, (x, y) => samplePixel(palette, swatch, x, y));
  });
  return <canvas ref={canvas} className="legend__swatch" width={12} height={12} aria-hidden />;
}
