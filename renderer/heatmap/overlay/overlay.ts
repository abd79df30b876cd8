import { runsOf, shownEntry } from '../../stores/operations-store.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { OperationsStore } from '../../stores/operations-store.ts';
import type { SelectionStore } from '../../stores/selection-store.ts';
import { drawBytes, openPages } from './bytes.ts';
import { drawGutter } from './gutter.ts';
import type { HilbertLayout } from '../geometry/hilbert-layout.ts';
import {
  drawHilbertLabels,
  drawHilbertRange,
  drawHilbertReset,
  drawHilbertRuns,
  drawHilbertWatched,
} from './hilbert.ts';
import { resetOf, type WriteWatchStore } from '../../stores/write-watch-store.ts';
import { drawFrame, drawHuge, drawLit, drawRange, drawReset, drawRuns, drawWatched } from './marks.ts';
import { drawHilbertNamed, drawNamed, type NamedPages } from './named-ranges.ts';
import { drawSeams, drawSeparators } from './separators.ts';
import { OverlayColours, type OverlayScene } from './scene.ts';
import type { Pen } from './pen.ts';
import type { Viewport } from '../geometry/camera.ts';
import type { Surface } from '../paint/surface.ts';

/** The parts of the map that the overlay uses. */
export interface OverlaidMap {
  readonly layout: OverlayScene['layout'];
  readonly camera: OverlayScene['camera'];
  readonly hilbert: HilbertLayout | null;
  /** Null if the source has no page contents. */
  readonly bytes: Parameters<typeof drawBytes>[2];
  readonly huge: Parameters<typeof drawHuge>[1];
  rectOf(page: number): Parameters<typeof drawFrame>[1];
}

/** The marks to draw. */
interface OverlayInput {
  readonly selection: StoreApi<SelectionStore>;
  readonly operations: StoreApi<OperationsStore>;
  readonly writeWatches: StoreApi<WriteWatchStore>;
  readonly lit: () => readonly PageRange[];
  readonly named: () => readonly NamedPages[];
}

/** Draws regions, the pages that the last call reset, and those that it returned, on one of the layouts. */
interface WriteWatchMarks {
  watched(region: PageRange): void;
  reset(pages: PageRange): void;
  returned(runs: readonly PageRange[]): void;
}

/** The 2D canvas above the pages: labels, separators, marks of results, selection, cursor. */
export class Overlay {
  private readonly selection: StoreApi<SelectionStore>;
  private readonly operations: StoreApi<OperationsStore>;
  private readonly writeWatches: StoreApi<WriteWatchStore>;
  private readonly lit: () => readonly PageRange[];
  private readonly named: () => readonly NamedPages[];
  private colours: OverlayColours | null = null;

  constructor({ selection, operations, writeWatches, lit, named }: OverlayInput) {
    this.selection = selection;
    this.operations = operations;
    this.writeWatches = writeWatches;
    this.lit = lit;
    this.named = named;
  }

  /** The theme changed. */
  forgetColours(): void {
    this.colours = null;
  }

  draw(surface: Surface, map: OverlaidMap): void {
    const context = surface.overlay;
    if (!context) return;
    const { ratio, gutter, view } = surface;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, view.width + gutter, view.height);
    this.drawWith(context, map, view, gutter, true);
  }

  /** @param live with the pages under the pointer and the cursor */
  drawWith(context: Pen, map: OverlaidMap, view: Viewport, gutter: number, live: boolean): void {
    const { layout, camera } = map;
    const colours = this.currentColours();
    const scene: OverlayScene = { context, colours, layout, camera, view, gutter };
    context.setLineDash([]);
    if (map.hilbert) drawHilbertLabels(scene, map.hilbert);
    else drawGutter(scene);
    context.save();
    context.beginPath();
    context.rect(gutter, 0, view.width, view.height);
    context.clip();
    context.translate(gutter, 0);
    if (map.hilbert) this.drawHilbert(scene, map.hilbert, live, map);
    else this.drawBands(scene, live, map);
    context.restore();
  }

  private drawHilbert(scene: OverlayScene, layout: HilbertLayout, live: boolean, map: OverlaidMap): void {
    const { range, cursor, hover } = this.selection.getState();
    drawHilbertNamed(scene, layout, this.named());
    this.drawWriteWatches({
      watched: (region) => drawHilbertWatched(scene, layout, region),
      reset: (pages) => drawHilbertReset(scene, layout, pages),
      returned: (runs) => drawHilbertRuns(scene, layout, runs),
    });
    drawHilbertRuns(scene, layout, this.resultRuns());
    if (range) drawHilbertRange(scene, layout, range);
    if (live && hover !== null) drawFrame(scene, map.rectOf(hover), scene.colours.hover);
    if (live && cursor !== null) drawFrame(scene, map.rectOf(cursor), scene.colours.accent);
  }

  private drawBands(scene: OverlayScene, live: boolean, map: OverlaidMap): void {
    const { colours } = scene;
    drawSeparators(scene);
    drawSeams(scene);
    drawBytes(scene, openPages(scene), map.bytes, performance.now());
    drawHuge(scene, map.huge);
    drawNamed(scene, this.named());
    const { range, cursor, hover } = this.selection.getState();
    this.drawWriteWatches({
      watched: (region) => drawWatched(scene, region),
      reset: (pages) => drawReset(scene, pages),
      returned: (runs) => drawRuns(scene, runs),
    });
    drawRuns(scene, this.resultRuns());
    if (range) drawRange(scene, range);
    drawLit(scene, this.lit(), (page) => map.rectOf(page));
    if (live && hover !== null) drawFrame(scene, map.rectOf(hover), colours.hover);
    if (live && cursor !== null) drawFrame(scene, map.rectOf(cursor), colours.accent);
  }

  /** The pages that the shown operation reported. */
  private resultRuns(): readonly PageRange[] {
    const result = shownEntry(this.operations.getState())?.result;
    return result?.ok ? runsOf(result.runs) : [];
  }

  private drawWriteWatches({ watched, reset, returned }: WriteWatchMarks): void {
    const watches = this.writeWatches.getState();
    for (const { start, pages } of watches.state.regions) watched({ start, end: start + pages });
    const resetPages = resetOf(watches);
    if (resetPages) reset(resetPages);
    if (watches.call?.name === 'GetWriteWatch') returned(watches.call.runs);
  }

  currentColours(): OverlayColours {
    return (this.colours ??= new OverlayColours(document.documentElement));
  }
}
