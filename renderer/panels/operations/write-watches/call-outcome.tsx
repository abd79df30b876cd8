import { ArrowRight } from 'lucide-react';
import { useState } from 'react';
import { type GetWriteWatchReply, WINDOWS_ERRORS, type WindowsError } from '#shared/contract/write-watch.ts';
import { formatPage } from '#shared/memory/page.ts';
import { useMap } from '../../../heatmap/view/context.ts';
import { useModel, useWriteWatches } from '../../../model/context.ts';
import { selectRange } from '../../../stores/selection-store.ts';
import { Address } from '../../../ui/address.tsx';
import { Button } from '../../../ui/button.tsx';
import { formatBytes, formatCount, formatNs, formatPages, plural } from '../../../ui/format.ts';
import { Message } from '../../../ui/message.tsx';

/** Addresses listed until more are asked for. */
const LISTED = 200;

const ERROR_REASONS: Readonly<Record<WindowsError, string>> = {
  ERROR_SUCCESS: '',
  ERROR_INVALID_PARAMETER:
    'The count or the size is 0, the flags are unknown, or the range is not entirely inside one watched region.',
  ERROR_NOACCESS: 'A pointer is NULL.',
};

/** What the last call returned. */
export function CallOutcome() {
  const call = useWriteWatches((store) => store.call);
  return (
    <section
      className="watches__part"
      aria-label="Result of the call"
      aria-live="polite"
      data-testid="watch-result"
    >
      {call === null && (
        <p className="faint">Addresses of written pages are listed here, and outlined on the map.</p>
      )}
      {call?.failure && <Message message={call.failure.message} remedy={call.failure.remedy} />}
      {call?.name === 'GetWriteWatch' && call.reply && <Returned reply={call.reply} />}
      {call?.name === 'ResetWriteWatch' && call.error && (
        <>
          <ErrorLine error={call.error} />
          {call.error === 'ERROR_SUCCESS' && (
            <p className="dim">
              {plural(call.range.end - call.range.start, 'page')} from {formatPage(call.range.start)} reset
            </p>
          )}
        </>
      )}
    </section>
  );
}

function ErrorLine({ error }: { readonly error: WindowsError }) {
  return (
    <>
      <p>
        <b className={error === 'ERROR_SUCCESS' ? 'mono' : 'mono outcome__errno'} data-testid="watch-error">
          {error} {WINDOWS_ERRORS[error]}
        </b>
      </p>
      {error !== 'ERROR_SUCCESS' && <p className="dim">{ERROR_REASONS[error]}</p>}
    </>
  );
}

function Returned({ reply }: { readonly reply: GetWriteWatchReply }) {
  const { writeWatches, selection } = useModel();
  const map = useMap();
  const [listed, setListed] = useState(LISTED);
  const { error, pages, granularity, reset, next, wholeRegion, durationNs } = reply;
  if (error !== 'ERROR_SUCCESS') return <ErrorLine error={error} />;
  return (
    <>
      <div className="outcome__head">
        <span className="mono">ERROR_SUCCESS 0</span>
        <b data-testid="watch-count">{plural(pages.length, 'page')}</b>
        <span className="dim num outcome__time">{formatNs(durationNs)}</span>
      </div>
      <p className="dim">
        Granularity {formatBytes(granularity)}
        {reset &&
          `; reset: ${formatPage(reset.start)} to ${formatPage(reset.end)}, ${formatPages(reset.end - reset.start)}`}
      </p>
      {wholeRegion && (
        <Message
          kind="warn"
          message="The mapping counts as new again (VM_SOFTDIRTY after a merge): every page of it is returned rather than a write missed."
        />
      )}
      {pages.length > 0 && (
        <ul className="runs" aria-label="Returned addresses">
          {Array.from(pages.subarray(0, listed), (page) => (
            <li key={page}>
              <button
                type="button"
                className="row-button runs__run"
                onClick={() => {
                  selectRange(selection, { start: page, end: page + 1 });
                  map.camera.reveal(page);
                }}
              >
                <Address page={page} />
              </button>
            </li>
          ))}
          {pages.length > listed && (
            <li className="runs__more">
              <Button kind="quiet" onPress={() => setListed(listed + LISTED * 5)}>
                {formatCount(pages.length - listed)} more
              </Button>
            </li>
          )}
        </ul>
      )}
      {next !== null && (
        <div className="outcome__next">
          <Button icon={ArrowRight} onPress={() => void writeWatches.continueCall()}>
            Continue from {formatPage(next)}
          </Button>
          <span className="faint">the array is full</span>
        </div>
      )}
    </>
  );
}
