import { Maximize2, Crop } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { formatPage } from '#shared/memory/page.ts';
import { rangePages, type PageRange } from '#shared/memory/range.ts';
import { gutterWidth } from '../../heatmap/overlay/gutter.ts';
import { useModel, useSelection, useSession, useTime, useView } from '../../model/context.ts';
import { Address } from '../../ui/address.tsx';
import { Button } from '../../ui/button.tsx';
import { formatCount, formatPages, plural } from '../../ui/format.ts';
import { useTheme } from '../../ui/use-media.ts';
import { AddressTimeView } from './address-time-view.ts';
import { addressTimeKey } from './keys.ts';
import { cellFacts, cellSentence, type CellFacts, intervalText, missingText } from './describe-cell.ts';
import { HeatLegend } from './heat-legend.tsx';
import { AddressTimePointer } from './pointer.ts';
import './address-time.css';

const FOOT = 20;

/** The written pages of the whole session or recording: addresses from top to bottom, time from left to right. */
export function AddressTime() {
  const model = useModel();
  const theme = useTheme(useView((state) => state.theme));
  const colourMap = useView((state) => state.colourMap);
  const area = useRef<HTMLDivElement>(null);
  const pages = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const [view, setView] = useState<AddressTimeView | null>(null);
  const [within, setWithin] = useState<PageRange | null>(null);
  const [gutter, setGutter] = useState(gutterWidth(1000));

  useEffect(() => {
    const element = area.current;
    if (!element || !pages.current || !overlay.current) return;
    const made = new AddressTimeView(model, pages.current, overlay.current);
    const unmount = made.mount({
      boxes: [pages.current, overlay.current],
      target: element,
      pointer: new AddressTimePointer(element, made),
      onResize: ([, whole]) => whole && setGutter(gutterWidth(whole.width)),
    });
    setView(made);
    return () => {
      unmount();
      made.dispose();
    };
  }, [model]);
  useEffect(() => view?.setColours(theme, colourMap), [view, theme, colourMap]);
  useEffect(() => view?.setWithin(within), [view, within]);
  // What was limited to belongs to the source that was open.
  useEffect(() => model.frames.listen({ applied: () => undefined, reset: () => setWithin(null) }), [model]);

  return (
    <section className="addrtime" aria-label="Address × time">
      <Head view={view} within={within} onWithin={setWithin} />
      <div
        ref={area}
        className="addrtime__area"
        role="application"
        aria-roledescription="chart of addresses against time"
        aria-label="Pages written, addresses down, time across"
        aria-describedby="addrtime-cell"
        tabIndex={0}
        data-testid="address-time"
        onKeyDown={(event) => {
          if (!view || !addressTimeKey(event, view)) return;
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        <canvas
          ref={pages}
          className="addrtime__pages"
          style={{ width: `calc(100% - ${gutter}px)`, height: `calc(100% - ${FOOT}px)` }}
          aria-hidden
        />
        <canvas ref={overlay} className="addrtime__overlay" aria-hidden />
        <Empty />
      </div>
      {view && <Readout view={view} />}
    </section>
  );
}

interface HeadProps {
  readonly view: AddressTimeView | null;
  readonly within: PageRange | null;
  readonly onWithin: (range: PageRange | null) => void;
}

function Head({ view, within, onWithin }: HeadProps) {
  const model = useModel();
  const range = useSelection((state) => state.range);
  const mode = useSession((session) => session.state?.mode ?? 'hold');
  // A single page is no useful limit: its mapping is meant.
  const wanted = range && rangePages(range) === 1 ? model.frames.vmaOf(range.start) : range;
  return (
    <div className="panel__head addrtime__head">
      <Button
        icon={Crop}
        kind="quiet"
        isDisabled={wanted === null}
        onPress={() => wanted && onWithin({ start: wanted.start, end: wanted.end })}
      >
        Limit to selection
      </Button>
      <Button icon={Maximize2} kind="quiet" isDisabled={within === null} onPress={() => onWithin(null)}>
        All memory
      </Button>
      <span className="dim ellipsis" data-testid="addrtime-scope">
        {within
          ? `${formatPage(within.start)}, ${formatPages(rangePages(within))}`
          : mode === 'hold'
            ? 'when each page first became written'
            : 'what each interval wrote'}
      </span>
      <span className="addrtime__space" />
      <HeatLegend view={view} />
    </div>
  );
}

/** Until a frame has come. */
function Empty() {
  const picture = useSession((session) => session.picture);
  if (picture) return null;
  return (
    <p className="empty addrtime__empty">
      No frame yet. Each frame adds a column here: what was written, at its address.
    </p>
  );
}

function Readout({ view }: { readonly view: AddressTimeView }) {
  const page = useSelection((state) => state.hover ?? state.cursor);
  const time = useTime((state) => state.hover ?? state.cursor);
  // Read again whenever the figures are taken.
  useSession((session) => session.figures);
  const { read, failure } = view;
  const facts = page === null ? null : cellFacts(view, page, time ?? read?.available.end ?? 0);
  return (
    <div className="readout" data-testid="addrtime-readout">
      {failure !== null ? (
        <span className="faint">{failure}</span>
      ) : facts ? (
        <Facts facts={facts} />
      ) : (
        <span className="faint">Hover a cell for details</span>
      )}
      {read && read.progress < 1 && (
        <span className="dim num" data-testid="addrtime-progress">
          reading, {Math.floor(read.progress * 100)} %
        </span>
      )}
      <span id="addrtime-cell" className="visually-hidden" aria-live="polite">
        {facts ? cellSentence(facts) : 'Arrows move page and time.'}
      </span>
    </div>
  );
}

function Facts({ facts: { pages, name, interval, here, total, elsewhere } }: { readonly facts: CellFacts }) {
  const count = rangePages(pages);
  const missing = missingText(interval);
  return (
    <>
      <Address page={pages.start} />
      {interval && missing === null ? (
        <>
          <span className="num">{intervalText(interval)}</span>
          <span className="readout__state">{plural(here, 'page')} written here</span>
        </>
      ) : (
        <span className="faint">{missing}</span>
      )}
      <span className="readout__rest">
        {interval && missing === null && (
          <span className="ellipsis dim">
            {plural(total, 'page')} in this interval
            {elsewhere > 0 && `, ${formatCount(elsewhere)} more in memory that is not shown`}
          </span>
        )}
        <span className="readout__name ellipsis dim">{name}</span>
        {count > 1 && <span className="dim">{formatPages(count)} a dot</span>}
      </span>
    </>
  );
}
