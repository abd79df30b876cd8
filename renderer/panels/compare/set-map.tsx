import { useEffect, useRef, useState } from 'react';
import type { Comparison } from '#shared/contract/recording.ts';
import { formatPage } from '#shared/memory/page.ts';
import { step } from '../../heatmap/geometry/navigate.ts';
import { useModel, useSelection, useView } from '../../model/context.ts';
import { Belongs } from '../../data/compared-tiles.ts';
import { extendTo, selectPage } from '../../stores/selection-store.ts';
import { observePixels } from '../../ui/device-pixels.ts';
import { useTheme } from '../../ui/use-media.ts';
import { SetView } from './set-view.ts';

const gutterOf = (width: number): number => (width >= 560 ? 216 : 104);
const WORDS = ['in neither', 'only in A', 'only in B', 'in both'] as const;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Where the compared pages lie. */
export function SetMap({ comparison }: { readonly comparison: Comparison }) {
  const model = useModel();
  const theme = useTheme(useView((state) => state.theme));
  const area = useRef<HTMLDivElement>(null);
  const pages = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const [view, setView] = useState<SetView | null>(null);
  const [gutter, setGutter] = useState(gutterOf(1000));

  useEffect(() => {
    const element = area.current;
    if (!element || !pages.current || !overlay.current) return;
    const made = new SetView(model, pages.current, overlay.current);
    const unobserve = observePixels([pages.current, overlay.current], (ratio, [view, whole]) => {
      if (!view || !whole) return;
      setGutter(gutterOf(whole.width));
      made.resize(view, (whole.deviceWidth - view.deviceWidth) / ratio, ratio);
    });
    const stop = listen(element, made, model);
    setView(made);
    return () => {
      unobserve();
      stop();
      made.dispose();
    };
  }, [model]);
  useEffect(() => view?.setLook(theme), [view, theme]);
  useEffect(() => view?.show(comparison), [view, comparison]);

  return (
    <div
      ref={area}
      className="sets__map"
      role="application"
      aria-roledescription="map of compared pages"
      aria-label="Compared pages, a row is 2 MiB"
      aria-describedby="sets-page"
      tabIndex={0}
      data-testid="compare-map"
      onKeyDown={(event) => {
        const arrow = ARROWS[event.key];
        const cursor = model.selection.getState().cursor ?? comparison.vmas[0]?.start ?? null;
        if (!arrow || !view || cursor === null || event.ctrlKey || event.altKey || event.metaKey) return;
        const next = step(view.layout, cursor, arrow[0], arrow[1]);
        if (next === null) return;
        if (event.shiftKey) extendTo(model.selection, next);
        else selectPage(model.selection, next);
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <canvas ref={pages} className="sets__pages" style={{ width: `calc(100% - ${gutter}px)` }} aria-hidden />
      <canvas ref={overlay} className="sets__overlay" aria-hidden />
      {view && <PageSentence view={view} />}
    </div>
  );
}

/** What the page under the pointer or the cursor is. */
function PageSentence({ view }: { readonly view: SetView }) {
  const page = useSelection((state) => state.hover ?? state.cursor);
  return (
    <span id="sets-page" className="visually-hidden" aria-live="polite">
      {page === null
        ? 'Arrows move from page to page'
        : `${formatPage(page)} ${WORDS[view.tiles.of(page) ?? Belongs.Nowhere]}`}
    </span>
  );
}

/** The pointer: a click chooses a page, a drag pages; the wheel scrolls, Ctrl+wheel zooms. */
function listen(element: HTMLElement, view: SetView, { selection }: ReturnType<typeof useModel>): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let dragging = false;
  const place = (event: MouseEvent): { x: number; y: number } => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left - (box.width - view.view.width), y: event.clientY - box.top };
  };
  const pageOf = (event: MouseEvent): number | null => {
    const { x, y } = place(event);
    return view.pageAt(x, y);
  };
  element.addEventListener(
    'pointerdown',
    (event) => {
      element.focus({ preventScroll: true });
      const page = event.button === 0 ? pageOf(event) : null;
      if (page === null) return;
      if (event.shiftKey) extendTo(selection, page);
      else selectPage(selection, page);
      dragging = true;
      element.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      const page = pageOf(event);
      if (dragging && page !== null) extendTo(selection, page);
      selection.setState({ hover: page });
    },
    { signal },
  );
  const up = (): void => {
    dragging = false;
  };
  element.addEventListener('pointerup', up, { signal });
  element.addEventListener('pointercancel', up, { signal });
  element.addEventListener('pointerleave', () => selection.setState({ hover: null }), { signal });
  element.addEventListener('dblclick', () => view.fit(), { signal });
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const { x, y } = place(event);
      if (event.ctrlKey || event.metaKey) view.zoomBy(2 ** (-event.deltaY * 0.004), Math.max(0, x), y);
      else view.panBy(event.shiftKey ? event.deltaY : event.deltaX, event.shiftKey ? 0 : event.deltaY);
    },
    { signal, passive: false },
  );
  return () => stop.abort();
}
