import { Check, Minus, X } from 'lucide-react';
import { formatPage } from '#shared/memory/page.ts';
import { findVma, vmaPermissions } from '#shared/memory/vma.ts';
import type { PageEvent, WrittenCause } from '#shared/source/page-walk.ts';
import { kindText, trackingText, pageFacts } from '../../heatmap/description/describe.ts';
import { rangesAt } from '../../controllers/named-ranges.ts';
import { useInspection, useModel, useNamedRanges, useSession, useVmaSums } from '../../model/context.ts';
import { formatPages, formatRate } from '../../ui/format.ts';
import { ErrorMessage } from '../../ui/message.tsx';
import { Chain } from './chain.tsx';
import { HowOften } from './how-often.tsx';
import { HistoryStrip } from './history-strip.tsx';
import { PageObjectList } from './page-objects.tsx';
import { useWatched } from './use-watched.ts';

/** State of the page, why it counts as written, and when it was written. */
export function PageTab({ page }: { readonly page: number }) {
  useWatched('walk');
  const { frames } = useModel();
  const walk = useInspection((state) => state.walk);
  const error = useInspection((state) => state.walkError);
  const source = useSession((session) => session.state?.source ?? null);
  useSession((session) => session.figures);
  const hotEvery = useSession((session) => session.statistics?.cost?.hotEvery ?? 1);
  const { vma, state, details, when } = pageFacts(frames, page, hotEvery);
  const rate = useVmaSums((sums) => (vma ? (sums.rate[findVma(sums.vmas, vma.start)] ?? 0) : 0));
  const named = useNamedRanges((ranges) => ranges.shown);
  const ranges = rangesAt(named, page);
  return (
    <>
      <p className="inspector__state">
        <b>{state}</b>
        {when !== '' && <span className="num"> {when}</span>}
        {details.length > 0 && <span className="dim"> · {details.join(' · ')}</span>}
      </p>
      {error && <ErrorMessage error={error} />}
      {source?.capabilities.walk === 'none' && (
        <p className="faint">Not available: this source does not record why a page is dirty.</p>
      )}
      {walk && (
        <div className="inspector__part" role="group" aria-label="Why it counts">
          <p className="inspector__reason" data-testid="page-reason">
            {walk.reason}
          </p>
          {walk.causes.length > 0 && <Causes causes={walk.causes} />}
        </div>
      )}
      <dl className="facts">
        <HowOften page={page} />
        <dt>Mapping</dt>
        <dd className="selectable">{vma ? vma.name || kindText(vma.kind) : 'none'}</dd>
        {ranges.length > 0 && (
          <>
            <dt>Named range</dt>
            <dd className="selectable" data-testid="page-ranges">
              {ranges.map(({ range }) => range.name).join(', ')}
            </dd>
          </>
        )}
        {vma && (
          <>
            <dt>Range</dt>
            <dd className="mono selectable">
              {formatPage(vma.start)} – {formatPage(vma.end)}
            </dd>
            <dt>Offset</dt>
            <dd className="mono">
              +0x{((page - vma.start) * 4096).toString(16)}{' '}
              <span className="faint">of {formatPages(vma.end - vma.start)}</span>
            </dd>
            {(vma.kind === 'file-private' || vma.kind === 'file-shared') && (
              <>
                <dt>In the file</dt>
                <dd className="mono">+0x{((page - vma.start + vma.pgoff) * 4096).toString(16)}</dd>
              </>
            )}
            <dt>Rights</dt>
            <dd>
              <span className="mono">{vmaPermissions(vma)}</span>{' '}
              <span className="dim">{kindText(vma.kind)}</span>
            </dd>
            <dt>Write rate</dt>
            <dd data-testid="vma-rate">{formatRate(rate)}</dd>
            <dt>VmFlags</dt>
            <dd className="mono">{vma.flags || <span className="faint">not read by this source</span>}</dd>
            {trackingText(vma) !== '' && (
              <>
                <dt>Tracking</dt>
                <dd>{trackingText(vma)}</dd>
              </>
            )}
          </>
        )}
      </dl>
      <PageObjectList page={page} />
      <HistoryStrip page={page} />
      {walk?.chain && <Chain chain={walk.chain} />}
      {walk?.events && <Events events={walk.events} />}
    </>
  );
}

/** Each thing that can make a page count: whether it holds is shown by sign and word. */
function Causes({ causes }: { readonly causes: readonly WrittenCause[] }) {
  return (
    <ul className="causes" aria-label="Possible reasons for counting as written">
      {causes.map(({ title, holds, counts, detail }) => {
        const Icon = holds === null ? Minus : holds ? Check : X;
        const word = holds === null ? 'not known' : holds ? 'yes' : 'no';
        return (
          <li
            key={title}
            className={`causes__item${holds && counts ? ' causes__item--holds' : ''}`}
            title={detail}
          >
            <Icon className="icon" aria-hidden />
            <span>
              <b>{title}</b> <span className="dim">{word}</span>
              {!counts && <span className="faint"> · does not count here</span>}
              <span className="causes__detail">{detail}</span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** What happened to the page while it was shown, the latest first. */
export function Events({ events }: { readonly events: readonly PageEvent[] }) {
  return (
    <div className="inspector__part" role="group" aria-label="Events">
      <h3>Events</h3>
      {events.length === 0 ? (
        <p className="faint">No events since it was selected.</p>
      ) : (
        <ol className="events" aria-label="Events of the page">
          {events.toReversed().map(({ number, cause, effect, bit }) => (
            <li key={number} className={`events__item events__item--${bit}`}>
              <span className="faint num">{number}</span>
              <span>
                {cause} <span className="dim mono">{effect}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
