import { TIMELINE_KINDS } from '#shared/contract/recording.ts';
import { KIND_TITLES } from '../../heatmap/description/describe.ts';
import { useTime, useTimeline } from '../../model/context.ts';
import { formatCount, formatPages } from '../../ui/format.ts';
import { formatTime } from '../../ui/time.ts';
import type { ChartView } from './chart-view.ts';
import { bucketAt, KINDS, type Series, totalOf } from './series.ts';

/** What colours, outline and caps mean, from the top of the stack down, with the values at the pointer or the position. */
export function Legend({ view }: { readonly view: ChartView | null }) {
  const time = useTime((state) => state.hover ?? state.cursor);
  // The series is created again with every read.
  useTimeline((state) => state.read);
  const series = view?.series ?? null;
  const bucket = series && time !== null ? bucketAt(series, time) : -1;
  const known = series && bucket >= 0 && series.known[bucket] === 1 ? { series, bucket } : null;
  return (
    <div className="timeline__legend" role="group" aria-label="Legend: pages written a frame">
      {TIMELINE_KINDS.map((kind, k) => (
        <span key={kind} className="timeline__key">
          <span className="timeline__swatch" style={{ background: `var(--kind-${kind})` }} />
          {KIND_TITLES[kind]}
          {known && <b className="num">{mean(known.series, known.bucket, k)}</b>}
        </span>
      )).reverse()}
      <span
        className="timeline__key timeline__key--shape"
        title="The largest of several frames that are joined"
      >
        <span className="timeline__outline" />
        largest frame
      </span>
      <span
        className="timeline__key timeline__key--shape"
        title="Larger than the scale: “Scale to the largest frame” shows all of it"
      >
        <span className="timeline__cap" />
        above the scale
      </span>
      <span className="timeline__readout" data-testid="timeline-readout">
        {known && time !== null ? (
          <>
            <span className="num">{formatTime(time, 2)}</span>
            <span className="num">
              {pagesOf(totalOf(known.series, known.bucket))} ·{' '}
              {formatPages(Math.round(totalOf(known.series, known.bucket)))}
            </span>
            {(known.series.frames[known.bucket] ?? 0) > 1 && (
              <span className="dim num timeline__mean">
                mean of {formatCount(known.series.frames[known.bucket] ?? 0)} frames, most{' '}
                {formatCount(known.series.peak[known.bucket] ?? 0)}
              </span>
            )}
          </>
        ) : time !== null && series ? (
          <span className="faint">{formatTime(time, 2)} no sample</span>
        ) : null}
      </span>
    </div>
  );
}

const round = (value: number): string =>
  formatCount(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
const pagesOf = (value: number): string => `${round(value)} ${round(value) === '1' ? 'page' : 'pages'}`;
const mean = (series: Series, bucket: number, kind: number): string =>
  round(series.mean[bucket * KINDS + kind] ?? 0);
