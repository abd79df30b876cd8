import { vmaPermissions } from '#shared/memory/vma.ts';
import { kindText, pageFacts } from '../../heatmap/description/describe.ts';
import { useStore } from 'zustand';
import { countText } from '../../data/how-often.ts';
import { rangesAt } from '../../controllers/named-ranges.ts';
import { useModel, useNamedRanges, useSelection, useSession, useView } from '../../model/context.ts';
import { Address } from '../../ui/address.tsx';
import { CutName } from '../../ui/cut-name.tsx';
import { formatPages, plural } from '../../ui/format.ts';

/** How often the page was written, if the map or a column shows that; else null. */
function useCountText(page: number | null): string | null {
  const { howOften } = useModel();
  const { data } = howOften;
  const intervals = useStore(data.store, (state) => state.intervals);
  useStore(data.store, (state) => state.version);
  const unit = useView((state) => state.countedUnit);
  if (page === null || !howOften.isShown || intervals === 0) return null;
  const count = data.countOf(page);
  if (count !== null) return `written in ${countText(count, intervals, unit)}`;
  return data.isBefore(page) ? `not in the last ${intervals} ${unit}s` : null;
}

/** Which code wrote the page last, if the map or a column shows that; else null. */
function useWriterText(page: number | null): string | null {
  const { pageWriters } = useModel();
  useStore(pageWriters.data.store, (state) => state.version);
  useView((state) => state.colouring);
  if (page === null || !pageWriters.isShown) return null;
  const writer = pageWriters.data.writerOf(page);
  return writer === null ? null : `by ${writer.code} in ${writer.thread}`;
}

/** The page under the pointer, or under the cursor, in one line. */
export function Readout() {
  const model = useModel();
  const page = useSelection((state) => state.hover ?? state.cursor);
  const range = useSelection((state) => state.range);
  useSession((state) => state.figures);
  const hotEvery = useSession((state) => state.statistics?.cost?.hotEvery ?? 1);
  const often = useCountText(page);
  const writer = useWriterText(page);
  const named = useNamedRanges((state) => state.shown);
  const ranges = page === null ? [] : rangesAt(named, page);
  const facts = page === null ? null : pageFacts(model.frames, page, hotEvery);
  const pages = range ? range.end - range.start : 0;
  return (
    <div className="readout" data-testid="readout">
      {facts ? (
        <>
          <Address page={facts.page} />
          <span className="readout__state">
            {facts.state}
            {facts.when !== '' && ` ${facts.when}`}
          </span>
          <span className="readout__rest">
            {often !== null && (
              <span className="ellipsis" title={often} data-testid="readout-often">
                {often}
              </span>
            )}
            {writer !== null && (
              <span className="ellipsis" title={writer} data-testid="readout-writer">
                {writer}
              </span>
            )}
            {ranges.length > 0 && (
              <span className="ellipsis" data-testid="readout-ranges">
                in {ranges.map(({ range: one }) => one.name).join(', ')}
              </span>
            )}
            {facts.details.length > 0 && (
              <span className="ellipsis dim" title={facts.details.join(' · ')}>
                {facts.details.join(' · ')}
              </span>
            )}
            {facts.vma && (
              <>
                <span className="mono dim">{vmaPermissions(facts.vma)}</span>
                <span className="readout__name dim" title={facts.vma.name}>
                  <CutName name={facts.vma.name === '' ? kindText(facts.vma.kind) : facts.vma.name} />
                </span>
              </>
            )}
          </span>
        </>
      ) : (
        <span className="faint">Hover a page for details; drag to select</span>
      )}
      {pages > 1 && (
        <span className="dim" style={{ marginLeft: 'auto' }}>
          {plural(pages, 'page')} selected · {formatPages(pages)}
        </span>
      )}
    </div>
  );
}
