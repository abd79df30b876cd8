import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { useMap } from '../../heatmap/context.ts';
import { pageFacts, pageSentence } from '../../heatmap/describe.ts';
import { step } from '../../heatmap/navigate.ts';
import { useInspector, useSelection, useSession } from '../../session/context.ts';
import { formatPages, plural } from '../../ui/format.ts';

/** The map around the cursor as a grid that screen readers can walk; the canvases tell them nothing. */
export function GridMirror() {
  const inspector = useInspector();
  const map = useMap();
  const cursor = useSelection((state) => state.cursor);
  const range = useSelection((state) => state.range);
  // Read again whenever the figures are taken, a few times a second.
  const written = useSession((state) => state.figures.writtenPages);
  const { vmas } = inspector.frames;
  const summary = `${plural(vmas.length, 'mapping')}, ${plural(written, 'written page')}`;
  const rows =
    cursor === null ? [] : [step(map.layout, cursor, 0, -1), cursor, step(map.layout, cursor, 0, 1)];
  return (
    <div className="visually-hidden" role="rowgroup">
      <div role="row">
        <div role="gridcell" id="map-summary">
          {summary}
          {range && `, ${formatPages(range.end - range.start)} chosen`}
        </div>
      </div>
      {rows.map((page, i) => {
        if (page === null || (i !== 1 && page === cursor)) return null;
        const cells = [-1, 0, 1].map((dx) => (dx === 0 ? page : step(map.layout, page, dx, 0)));
        return (
          <div role="row" key={i} aria-label={`2 MiB row ${tileOfPage(page)}`}>
            {cells.map((cell, c) =>
              cell === null ? null : (
                <div
                  key={c}
                  role="gridcell"
                  aria-colindex={(cell % PAGES_PER_TILE) + 1}
                  aria-selected={range !== null && cell >= range.start && cell < range.end}
                  {...(i === 1 && c === 1 ? { id: 'map-cursor' } : {})}
                >
                  {pageSentence(pageFacts(inspector.frames, cell))}
                </div>
              ),
            )}
          </div>
        );
      })}
    </div>
  );
}
