import { useEffect, useRef, useState } from 'react';
import type { Comparison } from '#shared/contract/recording.ts';
import { formatPage } from '#shared/memory/page.ts';
import { step } from '../../heatmap/geometry/navigate.ts';
import { gutterWidth } from '../../heatmap/overlay/gutter.ts';
import { useModel, useSelection, useView } from '../../model/context.ts';
import { Belongs } from '../../data/compared-tiles.ts';
import { extendTo, selectPage } from '../../stores/selection-store.ts';
import { ARROWS } from '../../ui/arrows.ts';
import { useTheme } from '../../ui/use-media.ts';
import { SetPointer } from './set-pointer.ts';
import { SetView } from './set-view.ts';

const WORDS = ['in neither', 'only in A', 'only in B', 'in both'] as const;

/** The compared pages on a map. */
export function SetMap({ comparison }: { readonly comparison: Comparison }) {
  const model = useModel();
  const theme = useTheme(useView((state) => state.theme));
  const area = useRef<HTMLDivElement>(null);
  const pages = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const [view, setView] = useState<SetView | null>(null);
  const [gutter, setGutter] = useState(gutterWidth(1000));

  useEffect(() => {
    const element = area.current;
    if (!element || !pages.current || !overlay.current) return;
    const made = new SetView(model, pages.current, overlay.current);
    const unmount = made.mount({
      boxes: [pages.current, overlay.current],
      target: element,
      pointer: new SetPointer(element, made, model.selection),
      onResize: ([, whole]) => whole && setGutter(gutterWidth(whole.width)),
    });
    setView(made);
    return () => {
      unmount();
      made.dispose();
    };
  }, [model]);
  useEffect(() => view?.setTheme(theme), [view, theme]);
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
