import { HEAT_WINDOW, heatOf } from '../../data/heat.ts';
import { RAMP } from '../paint/colour-maps.ts';
import { HOT_AT, patterned } from '../paint/styles.ts';
import { type Palette, type Swatch, swatchIndex } from '../paint/palette.ts';
import type { ClassScale, RampScale } from '../../data/page-colouring.ts';
import { RowFlag } from '../rows/row-batch.ts';

/** When pages were last written: the old end first. */
export const AGE_SCALE: RampScale = {
  kind: 'ramp',
  title: 'Last written',
  from: 0,
  ticks: [
    [HEAT_WINDOW, '1 min'],
    [10_000, '10 s'],
    [1_000, '1 s'],
    [0, 'now'],
  ].map(([age, text]) => ({ at: heatOf(Number(age)), text: String(text) })),
};

/** Mode hold: all that is written looks alike, since it is not known when it was. */
export const HELD_SCALE: ClassScale = {
  kind: 'classes',
  title: '',
  classes: [{ at: 1, text: 'written since the last clear' }],
};

/** What the map shows besides heat: a style with its pattern, or an outline around a row of 2 MiB. */
export type LegendEntry =
  | { readonly kind: 'look'; readonly swatch: Swatch; readonly text: string }
  | { readonly kind: 'outline'; readonly split: boolean; readonly text: string };

export const LEGEND_ENTRIES: readonly LegendEntry[] = [
  { kind: 'look', swatch: 'touched', text: 'touched: written or read' },
  { kind: 'look', swatch: 'hotMark', text: 'hot: sampled less often' },
  { kind: 'look', swatch: 'gone', text: 'given back' },
  { kind: 'look', swatch: 'fresh', text: 'new or merged mapping' },
  { kind: 'look', swatch: 'present', text: 'present' },
  { kind: 'look', swatch: 'swapped', text: 'swapped' },
  { kind: 'look', swatch: 'zero', text: 'zero page' },
  { kind: 'look', swatch: 'guard', text: 'guard page' },
  { kind: 'look', swatch: 'untouched', text: 'never touched' },
  { kind: 'look', swatch: 'hatch', text: 'not tracked' },
  { kind: 'outline', split: false, text: 'huge page' },
  { kind: 'outline', split: true, text: 'split huge page' },
];

const HOT_NOW = HOT_AT + RAMP - 1;

/** Pixel (`x`, `y`) of the sample of a look, as the painters draw it: a 32-bit pixel of ImageData. */
export function samplePixel({ pixels }: Palette, swatch: Swatch, x: number, y: number): number {
  const untracked = swatch === 'hatch';
  const style = swatch === 'hotMark' ? HOT_NOW : untracked ? swatchIndex.untouched : swatchIndex[swatch];
  return pixels[patterned(style, x, y, untracked ? RowFlag.Untracked : 0)] ?? 0;
}
