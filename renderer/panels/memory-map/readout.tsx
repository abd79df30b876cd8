import { vmaPermissions } from '#shared/memory/vma.ts';
import { kindWords, pageFacts } from '../../heatmap/description/describe.ts';
import { useModel, useSelection, useSession } from '../../model/context.ts';
import { Address } from '../../ui/address.tsx';
import { formatPages, plural } from '../../ui/format.ts';

/** The page under the pointer, or under the cursor, in one line. */
export function Readout() {
  const model = useModel();
  const page = useSelection((state) => state.hover ?? state.cursor);
  const range = useSelection((state) => state.range);
  useSession((state) => state.figures);
  const hotEvery = useSession((state) => state.statistics?.cost?.hotEvery ?? 1);
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
          {facts.details.length > 0 && <span className="dim">{facts.details.join(' · ')}</span>}
          {facts.vma && (
            <>
              <span className="mono dim">{vmaPermissions(facts.vma)}</span>
              <span className="readout__name ellipsis dim">
                {facts.vma.name === '' ? kindWords(facts.vma.kind) : facts.vma.name}
              </span>
            </>
          )}
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
