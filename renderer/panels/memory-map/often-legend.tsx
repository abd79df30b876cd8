import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import type { CountedUnit } from '#shared/contract/write-counts.ts';
import { type Palette, pixelOf } from '../../heatmap/paint/palette.ts';
import { useModel, useSession, useView } from '../../model/context.ts';
import { type Choice, Segmented, Select } from '../../ui/fields.tsx';
import { paint, Ramp } from './ramp.tsx';

/** How often pages are written: the scale, and how many intervals of what kind are counted. */
export function OftenLegend({ palette }: { readonly palette: Palette }) {
  const { view, howOften } = useModel();
  const intervals = useView((state) => state.intervals);
  const unit = useView((state) => state.countedUnit);
  useStore(howOften.data.store, (state) => state.intervals);
  const { scale } = howOften.data;
  const isUnknown = useSession(({ state }) => state?.mode === 'hold') && unit === 'sample';
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const before = pixelOf(palette.ramp[0] ?? [0, 0, 0]);
    paint(canvas.current, 12, 12, () => before);
  });
  return (
    <>
      <div className="legend__heat" data-testid="legend-often">
        <span>{scale.title}</span>
        <div className="legend__bar">
          <Ramp palette={palette} from={scale.from} />
          {scale.ticks.map(({ at, text }) => (
            <span key={text} className="legend__tick" style={{ left: `${at * 100}%` }}>
              {text}
            </span>
          ))}
        </div>
      </div>
      <Select
        label="Counted intervals"
        hideLabel
        value={String(intervals)}
        choices={INTERVAL_CHOICES}
        onChange={(value) => view.setState({ intervals: Number(value) })}
      />
      <Segmented
        label="Interval"
        value={unit}
        choices={UNIT_CHOICES}
        onChange={(countedUnit) => view.setState({ countedUnit })}
      />
      {isUnknown && <span>Not known in mode hold: select Phases, or use mode interval.</span>}
      <span className="legend__key">
        <canvas ref={canvas} className="legend__swatch" width={12} height={12} aria-hidden />
        before the last reset, or earlier
      </span>
    </>
  );
}

const INTERVAL_CHOICES = [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096].map((number) => ({
  value: String(number),
  label: `last ${number}`,
}));
const UNIT_CHOICES: readonly Choice<CountedUnit>[] = [
  { value: 'sample', label: 'Samples', hint: 'An interval is the time from one sample to the next' },
  {
    value: 'phase',
    label: 'Phases',
    hint: 'An interval is a phase of the program: from one dump and reset to the next',
  },
];
