import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useModel, usePlayback, useSession, useTime, useTimeline, useView } from '../../model/context.ts';
import { formatCount } from '../../ui/format.ts';
import { formatTime } from '../../ui/time.ts';
import { useTheme } from '../../ui/use-media.ts';
import { ChartPointer } from './chart-pointer.ts';
import { ChartView, GUTTER } from './chart-view.ts';
import { Marks } from './marks.tsx';

/** Pixels a bucket: finer ones could not be distinguished. */
const BUCKET = 2;

interface ChartProps {
  readonly onView: (view: ChartView) => void;
}

/** Written pages by time, the marks, the position. */
export function Chart({ onView }: ChartProps) {
  const model = useModel();
  const theme = useTheme(useView((state) => state.theme));
  const zoom = useTime((state) => state.zoom);
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [view, setView] = useState<ChartView | null>(null);
  const [width, setWidth] = useState(0);

  useEffect(() => {
    const element = box.current;
    if (!element || !canvas.current) return;
    const made = new ChartView(model, canvas.current);
    const unmount = made.mount({
      boxes: [canvas.current],
      target: element,
      pointer: new ChartPointer(element, made, model),
      onResize: ([whole]) => whole && setWidth(Math.max(0, whole.width - GUTTER)),
    });
    setView(made);
    onView(made);
    return () => {
      unmount();
      made.dispose();
    };
  }, [model, onView]);
  useEffect(() => view?.forgetColours(), [view, theme]);
  const marked = useTimeline((state) => state.marks.length > 0);
  useEffect(() => view?.setMarked(marked), [view, marked]);
  const buckets = Math.min(2048, Math.max(1, Math.floor(width / BUCKET)));
  useEffect(() => model.timeline.show(zoom, buckets), [model, zoom, buckets]);

  return (
    <div
      ref={box}
      className={marked ? 'timeline__chart timeline__chart--marked' : 'timeline__chart'}
      data-testid="timeline"
    >
      <canvas ref={canvas} className="timeline__canvas" aria-hidden />
      {view && (
        <div className="timeline__over" style={{ left: GUTTER }}>
          <Range view={view} />
          <Position view={view} />
          <Marks view={view} />
        </div>
      )}
      <Empty />
    </div>
  );
}

/** Why there is nothing to see, or, over what was read before, nothing new. */
function Empty() {
  const failure = useTimeline((state) => state.failure);
  const read = useTimeline((state) => state.read);
  const isOpen = useSession(({ state, opening }) => opening || (state?.source ?? null) !== null);
  if (failure) {
    // A banner says so, with what to do.
    if (read && failure.kind === 'host-died') return null;
    const place = read ? 'timeline__failure' : 'empty timeline__empty';
    return <p className={place}>{failure.message}</p>;
  }
  if (!read)
    return (
      <p className="empty timeline__empty">
        {isOpen ? 'Waiting for the first samples.' : 'No source is open.'}
      </p>
    );
  return null;
}

/** What was brushed, and what is looped. */
function Range({ view }: { readonly view: ChartView }) {
  const range = useTime((state) => state.range);
  const loop = usePlayback()?.loop ?? null;
  useTime((state) => state.zoom);
  useTimeline((state) => state.read);
  const place = (start: number, end: number) => {
    const left = Math.max(0, view.xOf(start));
    return { left, width: Math.max(1, Math.min(view.size.width, view.xOf(end)) - left) };
  };
  return (
    <>
      {range && <div className="timeline__range" style={place(range.start, range.end)} />}
      {loop && <div className="timeline__loop" style={place(loop.startNs / 1e6, loop.endNs / 1e6)} />}
    </>
  );
}

/** Width of the slider's handle in pixels, as in timeline.css. */
const HANDLE = 11;

/** The selected time as a slider, and the one under the pointer. */
function Position({ view }: { readonly view: ChartView }) {
  const model = useModel();
  const { cursor, hover, frame, zoom } = useTime((state) => state);
  const available = useTimeline((state) => state.available);
  const playback = usePlayback();
  // A live session's axis moves on with every read.
  useTimeline((state) => state.read);
  useSession((state) => state.state?.paused);
  const now = cursor ?? available?.end ?? 0;
  const x = view.xOf(now);
  const { width } = view.size;
  // The latest time may be ahead of what the axis has read; only a zoom leaves it out on purpose.
  const out = x < -1 || x > width + 1;
  const text =
    frame === null || !playback
      ? `${formatTime(now, 2)}${cursor === null ? ', the latest' : ''}`
      : `${formatTime(now, 2)}, frame ${formatCount(frame + 1)} of ${formatCount(playback.frames)}`;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!positionKey(event, model, view)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      {hover !== null && <div className="timeline__hover" style={{ left: view.xOf(hover) }} />}
      <div
        className="timeline__position"
        role="slider"
        tabIndex={0}
        aria-label="Position"
        aria-orientation="horizontal"
        aria-valuemin={Math.round(available?.start ?? 0)}
        aria-valuemax={Math.round(Math.max(available?.end ?? 0, now))}
        aria-valuenow={Math.round(now)}
        aria-valuetext={text}
        data-edge={x > width - HANDLE / 2 ? 'end' : undefined}
        data-live={cursor === null ? true : undefined}
        hidden={out && zoom !== null}
        style={{ left: Math.min(width, Math.max(0, x)) }}
        onKeyDown={onKeyDown}
      />
    </>
  );
}

/** Keys of the slider. @returns whether the key was one of them */
function positionKey(event: KeyboardEvent, model: ReturnType<typeof useModel>, view: ChartView): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const { playback, time, timeline } = model;
  const { start, end } = view.span;
  const all = timeline.store.getState().available ?? view.span;
  const now = time.getState().cursor ?? all.end;
  const to = (timeMs: number): void => {
    const next = Math.min(all.end, Math.max(all.start, timeMs));
    if (event.shiftKey) extend(model, now, next);
    playback.goTo(next);
  };
  switch (event.key) {
    case 'ArrowLeft':
    case 'ArrowRight': {
      const by = event.key === 'ArrowLeft' ? -1 : 1;
      if (!event.shiftKey) playback.step(by);
      else to(now + (by * (end - start)) / 100);
      return true;
    }
    case 'PageUp':
      to(now + (end - start) / 10);
      return true;
    case 'PageDown':
      to(now - (end - start) / 10);
      return true;
    case 'Home':
      to(all.start);
      return true;
    case 'End':
      to(all.end);
      return true;
    case 'Enter': {
      const { range } = time.getState();
      if (range) playback.zoomTo(range.start, range.end);
      return true;
    }
    case '+':
    case '-': {
      const factor = event.key === '+' ? 0.5 : 2;
      playback.zoomTo(now + (start - now) * factor, now + (end - now) * factor);
      return true;
    }
    case 'Escape':
      if (time.getState().range) time.setState({ range: null });
      else if (time.getState().zoom) playback.zoomOut();
      else if (!playback.state) playback.goTo(null);
      return true;
    default:
      return false;
  }
}

/** Shift moves one end of the brushed interval. */
function extend({ time }: ReturnType<typeof useModel>, from: number, to: number): void {
  const { range } = time.getState();
  const fixed = range
    ? Math.abs(range.start - from) < Math.abs(range.end - from)
      ? range.end
      : range.start
    : from;
  time.setState({ range: { start: Math.min(fixed, to), end: Math.max(fixed, to) } });
}
