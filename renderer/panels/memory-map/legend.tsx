import { useEffect, useRef } from 'react';
import { HEAT_WINDOW, heatOf } from '../../heatmap/colour-maps.ts';
import { type Palette, paletteOf, pixelOf, type Swatch } from '../../heatmap/palette.ts';
import { useView } from '../../session/context.ts';
import { useTheme } from '../../ui/use-media.ts';

const AGES = [
  [HEAT_WINDOW, '1 min'],
  [10_000, '10 s'],
  [1_000, '1 s'],
  [0, 'now'],
] as const;

const KEYS: readonly (readonly [Swatch, string])[] = [
  ['fresh', 'new mapping'],
  ['present', 'present'],
  ['swapped', 'swapped'],
  ['zero', 'zero page'],
  ['untouched', 'never touched'],
  ['hatch', 'not tracked'],
];

/** What the colours mean, with units. */
export function Legend() {
  const theme = useTheme(useView((state) => state.theme));
  const palette = paletteOf(
    theme,
    useView((state) => state.colourMap),
  );
  return (
    <div className="legend" role="group" aria-label="Legend">
      <div className="legend__heat">
        <span>Last written</span>
        <div className="legend__bar">
          <Ramp palette={palette} />
          {AGES.map(([age, text]) => (
            <span key={age} className="legend__tick" style={{ left: `${heatOf(age) * 100}%` }}>
              {text}
            </span>
          ))}
        </div>
      </div>
      <div className="legend__keys">
        {KEYS.map(([swatch, text]) => (
          <span key={swatch} className="legend__key">
            <SwatchBox palette={palette} swatch={swatch} />
            {text}
          </span>
        ))}
      </div>
    </div>
  );
}

function Ramp({ palette }: { readonly palette: Palette }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    paint(canvas.current, palette.ramp.length, 1, (x) => pixelOf(palette.ramp[x] ?? [0, 0, 0]));
  });
  return <canvas ref={canvas} className="legend__ramp" width={palette.ramp.length} height={1} aria-hidden />;
}

/** A swatch with its pattern, as the map draws it. */
function SwatchBox({ palette, swatch }: { readonly palette: Palette; readonly swatch: Swatch }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const colour = (name: Swatch): number => pixelOf(palette.swatches[name]);
    paint(canvas.current, 12, 12, (x, y) => {
      if (swatch === 'fresh') return colour((x + y) % 6 < 2 ? 'freshMark' : 'fresh');
      if (swatch === 'swapped') return colour(x % 3 === 0 && y % 3 === 0 ? 'swappedMark' : 'swapped');
      if (swatch === 'hatch') return colour((x - y + 12) % 6 < 1 ? 'hatch' : 'untouched');
      return colour(swatch);
    });
  });
  return <canvas ref={canvas} className="legend__swatch" width={12} height={12} aria-hidden />;
}

function paint(
  canvas: HTMLCanvasElement | null,
  width: number,
  height: number,
  pixel: (x: number, y: number) => number,
): void {
  const context = canvas?.getContext('2d');
  if (!context) return;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pixels[y * width + x] = pixel(x, y);
  context.putImageData(image, 0, 0);
}
