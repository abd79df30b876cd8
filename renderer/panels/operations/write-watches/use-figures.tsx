import type { ReactNode } from 'react';
import type { WatchUse, WatchUseState } from '#shared/contract/write-watch.ts';
import { useWriteWatches } from '../../../model/context.ts';
import { formatCount, formatNs, formatPages } from '../../../ui/format.ts';

const WORDS: Readonly<
  Record<WatchUse, { readonly title: string; readonly work: string; readonly call: string }>
> = {
  'texture-cache': { title: 'Texture cache', work: 'Uploaded', call: 'Frames' },
  'remembered-set': { title: 'Remembered set', work: 'Scanned', call: 'Minor collections' },
};

/** What the use of a region's write watches saves. */
export function UseFigures() {
  const use = useWriteWatches((store) => store.state.use);
  if (use === null) return null;
  const { title, work, call } = WORDS[use.use];
  return (
    <section className="watches__part" aria-label={title} data-testid="watch-use">
      <h3>{title}</h3>
      <dl className="watches__figures">
        <Figure name={call}>{formatCount(use.calls)}</Figure>
        <Figure name={work}>
          {formatPages(use.pages)} <span className="faint">last {formatCount(use.lastPages)} pages</span>
        </Figure>
        <Figure name="Without write watches">{formatPages(use.pagesWithout)}</Figure>
        <Figure name="Saved">
          <b data-testid="watch-saved">{savedText(use)}</b>
        </Figure>
        <Figure name="A call">{use.calls > 0 ? formatNs(use.callNs / use.calls) : '–'}</Figure>
        {use.copy && (
          <>
            <Figure name="Copying, each time">
              {use.calls > 0 ? formatNs(use.copy.ns / use.calls) : '–'}{' '}
              <span className="faint">everything: {formatNs(use.copy.wholeNs)}</span>
            </Figure>
            <Figure name="Compared with memory">
              {formatCount(use.copy.verified)} pages,{' '}
              <span data-testid="watch-stale">{formatCount(use.copy.stale)} out of date</span>
            </Figure>
          </>
        )}
      </dl>
      <SavedBar use={use} />
    </section>
  );
}

const shareOf = ({ pages, pagesWithout }: WatchUseState): number =>
  pagesWithout === 0 ? 0 : pages / pagesWithout;

function savedText(use: WatchUseState): string {
  if (use.pagesWithout === 0) return '–';
  return `${((1 - shareOf(use)) * 100).toFixed(1)} %`;
}

/** The work that is left, as a part of all. */
function SavedBar({ use }: { readonly use: WatchUseState }) {
  return (
    <div className="watches__bar" aria-hidden>
      <div className="watches__done" style={{ width: `${Math.min(100, shareOf(use) * 100)}%` }} />
    </div>
  );
}

function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="watches__figure">
      <dt>{name}</dt>
      <dd className="num">{children}</dd>
    </div>
  );
}
