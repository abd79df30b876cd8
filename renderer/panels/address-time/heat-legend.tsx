import { useEffect, useRef } from 'react';
import { paletteOf } from '../../heatmap/paint/palette.ts';
import { useSession, useView } from '../../model/context.ts';
import { formatPages } from '../../ui/format.ts';
import { useTheme } from '../../ui/use-media.ts';
import type { AddressTimeView } from './address-time-view.ts';
import { heatOfCount } from './axis-buckets.ts';

/** What the colours mean: how many of a dot's pages were written in its interval. */
export function HeatLegend({ view }: { readonly view: AddressTimeView | null }) {
  const theme = useTheme(useView((state) => state.theme));
  const palette = paletteOf(
    theme,
    useView((state) => state.colourMap),
  );
  // The axis changes with the mappings; it is checked whenever the figures are taken.
  useSession((session) => session.figures);
  const canvas = useRef<HTMLCanvasElement>(null);
  const capacity = view ? Math.max(1, Math.round(view.buckets.capacity)) : 1;
  // Where each page has its own dot there is one colour.
  const least = heatOfCount(1, capacity);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(256 - least, 1);
    const pixels = new Uint32Array(image.data.buffer);
    pixels.set(palette.pixels.subarray(palette.pixels.length - pixels.length));
    context.putImageData(image, 0, 0);
  }, [palette, least]);
  return (
    <div className="addrtime__legend" role="group" aria-label="Legend">
      {capacity > 1 && <span>1 page</span>}
      <canvas
        ref={canvas}
        className="addrtime__ramp"
        width={256 - least}
        height={1}
        style={{ width: capacity > 1 ? 96 : 12 }}
        aria-hidden
      />
      <span>{capacity > 1 ? `all ${formatPages(capacity)} of a dot` : 'written'}</span>
      <span className="addrtime__nodata" aria-hidden />
      <span>no data</span>
    </div>
  );
}
