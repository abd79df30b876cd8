import { useSyncExternalStore } from 'react';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { pageFacts, pageSentence } from '../../heatmap/description/describe.ts';
import { HugeMark } from '../../heatmap/overlay/huge-marks.ts';
import { contentText, zoomText } from '../../heatmap/description/level-text.ts';
import { useModel, useSelection, useSession } from '../../model/context.ts';
import { formatPages, plural } from '../../ui/format.ts';

/**
 * The map around the cursor as a grid that screen readers can walk; they cannot read the canvases. Three rows of three
 * pages, the cursor in the middle, with row and column as they are in the whole map.
 */
export function GridMirror() {
  const model = useModel();
  const map = useMap();
  const cursor = useSelection((state) => state.cursor);
  const range = useSelection((state) => state.range);
  // Read again whenever the figures are taken, a few times a second, and when the view comes nearer or goes away.
  const written = useSession((state) => state.figures.writtenPages);
  const zoom = useSyncExternalStore(
    (changed) => map.camera.onChange(changed),
    () =>
      map.layout.hilbert
        ? 'one mapping along a Hilbert curve'
        : zoomText(map.camera.current, map.camera.view),
  );
  const { vmas } = model.frames;
  const summary = `${plural(vmas.length, 'mapping')}, ${plural(written, 'written page')}`;
  const selected = range
    ? `, ${plural(range.end - range.start, 'page')} selected, ${formatPages(range.end - range.start)}`
    : '';
  const rows = cursor === null ? [] : [map.camera.step(cursor, 0, -1), cursor, map.camera.step(cursor, 0, 1)];
  const words = (page: number): string => {
    const sentence = pageSentence(pageFacts(model.frames, page));
    const split = map.renderer.huge.ofPage(page) === HugeMark.Split ? 'in a huge page that was split' : null;
    const content = map.layout.hilbert
      ? null
      : contentText(map.camera.current, map.camera.view, map.hasBytes, map.renderer.bytes.get(page));
    return [sentence, split, content].filter((part) => part !== null).join(', ');
  };
  return (
    <div className="visually-hidden" role="rowgroup">
      <div role="row">
        <div role="gridcell" id="map-summary">
          {summary}
          {selected}; {zoom}
        </div>
      </div>
      {rows.map((page, i) => {
        if (page === null || (i !== 1 && page === cursor)) return null;
        const cells = [-1, 0, 1].map((dx) => (dx === 0 ? page : map.camera.step(page, dx, 0)));
        const place = map.layout.bands.placeOf(page);
        const index = place ? place.segment.rowsAbove + place.row + 1 : undefined;
        return (
          <div role="row" key={i} {...(index === undefined ? {} : { 'aria-rowindex': index })}>
            {cells.map((cell, c) =>
              cell === null || (c !== 1 && cell === page) ? null : (
                <div
                  key={c}
                  role="gridcell"
                  aria-colindex={(cell % PAGES_PER_TILE) + 1}
                  aria-selected={range !== null && cell >= range.start && cell < range.end}
                  {...(i === 1 && c === 1 ? { id: 'map-cursor' } : {})}
                >
                  {words(cell)}
                </div>
              ),
            )}
          </div>
        );
      })}
    </div>
  );
}
