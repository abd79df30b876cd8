import { useEffect, useState } from 'react';
import { addressOfPage, formatAddress, PAGE_SIZE } from '#shared/memory/page.ts';
import { objectAt, type PageObject } from '#shared/source/page-objects.ts';
import { useInspection, useModel, usePageObjects, useSelection, useSession } from '../../model/context.ts';
import { selectPage } from '../../stores/selection-store.ts';
import { Button } from '../../ui/button.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { ErrorMessage } from '../../ui/message.tsx';

/** This many are listed until the user asks for all. */
const LISTED = 8;

/** Variables and heap blocks in the page; a click shows the first byte of one. */
export function PageObjectList({ page }: { readonly page: number }) {
  useWatchedObjects();
  const objects = usePageObjects((state) => state.objects);
  const error = usePageObjects((state) => state.error);
  const walkError = useInspection((state) => state.walkError);
  const source = useSession((session) => session.state?.source ?? null);
  const [isWhole, setWhole] = useState(false);
  if (source === null) return null;
  const isKnown = source.capabilities.objects === true;
  // The program has ended, or the engine: that is shown above.
  if (isKnown && error !== null && error.message === walkError?.message) return null;
  return (
    <div className="inspector__part" role="group" aria-label="In this page">
      <h3>In this page</h3>
      {!isKnown && <p className="faint">{whyUnknown(source.description.kind)}</p>}
      {isKnown && error && <ErrorMessage error={error} />}
      {isKnown && !error && objects === null && <p className="faint">Reading …</p>}
      {isKnown && objects !== null && (
        <>
          {objects.thread && (
            <p>
              Stack of thread {objects.thread.tid} <span className="dim">({objects.thread.name})</span>
            </p>
          )}
          {objects.objects.length === 0 && objects.thread === null && (
            <p className="faint">There is no variable of a loaded file and no heap block here.</p>
          )}
          <ul className="objects" aria-label="Variables and heap blocks">
            {objects.objects.slice(0, isWhole ? undefined : LISTED).map((one) => (
              <ObjectRow key={`${one.kind} ${one.start}`} page={page} one={one} />
            ))}
          </ul>
          {objects.objects.length > LISTED && (
            <Button kind="quiet" onPress={() => setWhole(!isWhole)}>
              {isWhole ? `Show ${LISTED}` : `Show all ${formatCount(objects.objects.length)}`}
            </Button>
          )}
          {objects.more > 0 && <p className="faint">{plural(objects.more, 'further one')} not listed.</p>}
          {objects.limits.map((limit) => (
            <p key={limit} className="faint">
              {limit}
            </p>
          ))}
        </>
      )}
    </div>
  );
}

function ObjectRow({ page, one }: { readonly page: number; readonly one: PageObject }) {
  const { selection, view } = useModel();
  const begins = one.start >= addressOfPage(page);
  const offset = begins ? Number(one.start - addressOfPage(page)) : 0;
  const show = (): void => {
    selectPage(selection, page, offset);
    view.setState({ inspectorTab: 'bytes' });
  };
  return (
    <li>
      <button
        type="button"
        className="objects__row"
        title={`${formatAddress(one.start)}: show its bytes`}
        onClick={show}
      >
        <span className="mono faint">{begins ? `+0x${offset.toString(16).padStart(3, '0')}` : '←'}</span>
        <span className={one.kind === 'symbol' ? 'mono objects__name' : 'objects__name'}>
          {nameOf(one)}
          {!begins && <span className="faint"> from {formatAddress(one.start)}</span>}
        </span>
        <span className="num dim">{plural(one.bytes, 'byte')}</span>
      </button>
    </li>
  );
}

/** What holds the byte at the bytes view's cursor. */
export function ObjectAtByte({ page }: { readonly page: number }) {
  useWatchedObjects();
  const byte = useSelection((state) => state.byte);
  const objects = usePageObjects((state) => state.objects);
  const address = addressOfPage(page) + BigInt(Math.min(byte, PAGE_SIZE - 1));
  const isKnown = objects?.page === page;
  const one = isKnown ? objectAt(objects.objects, address) : null;
  return (
    <p className="bytes__object" data-testid="object-at-byte">
      <span className="mono">{formatAddress(address)}</span>{' '}
      {one === null ? (
        <span className="faint">{isKnown && 'no variable or heap block'}</span>
      ) : (
        <>
          <span className={one.kind === 'symbol' ? 'mono' : ''}>{nameOf(one)}</span>
          <span className="mono dim">+0x{(address - one.start).toString(16)}</span>{' '}
          <span className="dim">of {plural(one.bytes, 'byte')}</span>
        </>
      )}
    </p>
  );
}

function useWatchedObjects(): void {
  const { pageObjects } = useModel();
  useEffect(() => pageObjects.watch(), [pageObjects]);
}

const nameOf = (one: PageObject): string =>
  one.kind === 'symbol' ? one.name : `heap block, ${one.inUse ? 'in use' : 'free'}`;

function whyUnknown(kind: 'simulated' | 'native' | 'recording'): string {
  if (kind === 'simulated') return 'Not available: a simulated program has neither symbols nor a heap.';
  if (kind === 'recording') return 'Not available: recordings have no symbols and no contents of memory.';
  return 'Not available: the memory of this process cannot be read (/proc/PID/mem was refused).';
}
