import { useStore } from 'zustand';
import type { WriterGrouping } from '../../data/page-writers.ts';
import { shareOfClass } from '../../data/colour-classes.ts';
import { cssOf, type Palette } from '../../heatmap/paint/palette.ts';
import { useModel, useView } from '../../model/context.ts';
import { type Choice, Segmented } from '../../ui/fields.tsx';
import { formatCount, plural } from '../../ui/format.ts';

/** The last writers of pages, each with its colour and page count; pressing one shows its pages alone. */
export function WritersLegend({ palette }: { readonly palette: Palette }) {
  const { view, pageWriters } = useModel();
  const grouping = useView((state) => state.writersBy);
  const { entries, filter } = useStore(pageWriters.data.store);
  return (
    <>
      <span>Last written by</span>
      <Segmented
        label="Writers are"
        value={grouping}
        choices={GROUPINGS}
        onChange={(writersBy) => view.setState({ writersBy })}
      />
      {entries.length === 0 ? (
        <span data-testid="legend-writers">
          No writers known: watch pages in the inspector’s tab Writers, in mode interval.
        </span>
      ) : (
        <div className="legend__writers" role="group" aria-label="Writers" data-testid="legend-writers">
          {entries.map(({ key, name, pages, slot }) => (
            <button
              key={key}
              type="button"
              className="legend__writer"
              aria-pressed={filter === key}
              data-muted={filter !== null && filter !== key}
              title={`${name}: ${plural(pages, 'page')}. Press to show only these pages`}
              onClick={() => pageWriters.toggle(key)}
            >
              <span className="legend__swatch" style={{ background: colourOf(palette, slot) }} />
              <span className="ellipsis">{name}</span>
              <span className="faint num">{formatCount(pages)}</span>
            </button>
          ))}
        </div>
      )}
    </>
  );
}

const GROUPINGS: readonly Choice<WriterGrouping>[] = [
  { value: 'function', label: 'Functions' },
  { value: 'thread', label: 'Threads' },
];

function colourOf({ ramp, swatches }: Palette, slot: number): string {
  return cssOf(ramp[Math.round(shareOfClass(slot) * (ramp.length - 1))] ?? swatches.present);
}
