import { mapStill } from './model/map-input.ts';
import type { CommandName, CommandReply, CommandRequest } from '#shared/contract/commands.ts';
import type { WriteRates } from '#shared/contract/write-rates.ts';
import type { Plane as PlaneNumber } from '#shared/memory/plane.ts';
import { Plane } from '#shared/memory/plane.ts';
import { renderMapPng, renderMapSvg } from './heatmap/export/render.ts';
import type { MapView } from './heatmap/view/map-view.ts';
import type { PainterChoice } from './heatmap/paint/surface.ts';
import { errorData } from './engine/engine-link.ts';
import type { AppModel } from './model/app-model.ts';

/**
 * What tests may ask the window, as `window.inspectorDebug`: the data behind the picture and the picture's own pixels.
 * It reads; `call` has the same rights as the window itself, no more. Pages are page numbers, places CSS pixels of the
 * window.
 */
export interface InspectorDebug {
  /** Sequence of the last frame applied; -1 before the first. */
  readonly sequence: number;
  /** Time of that frame in ms: of the session, or of the recording that is played. */
  readonly time: number;
  readonly mode: 'hold' | 'interval';
  /** "WebGL2" or "Canvas 2D"; empty if no map is shown. */
  readonly painter: string;
  /** Who paints: the quicker one here, or a particular one, so that both can be compared. */
  usePainter(choice: PainterChoice): void;
  /** Frames painted so far. */
  readonly painted: number;
  /** Rows that all paints so far painted again or sent to the graphics card. */
  readonly uploaded: number;
  /** Script time of a frame in ms at quantile `q` (0 … 1) over the last 240. */
  frameCost(q: number): number;
  /** Runs [start, end) of plane Written, ascending. */
  writtenRuns(): [start: number, end: number][];
  /** Like `writtenRuns`, for any plane, by its number. */
  planeRuns(plane: PlaneNumber): [start: number, end: number][];
  /** Milliseconds since the page was last seen written; null: never, or not known (mode hold). */
  ageOf(page: number): number | null;
  /** How fast pages are written, as the engine counted last. */
  rates(): WriteRates | null;
  /** Whether the table of mappings shows the last frame and these rates; it follows a few times a second. */
  readonly tableIsCurrent: boolean;
  /** Middle of the page on the map; null if it is not in view. */
  pageToPixel(page: number): { x: number; y: number } | null;
  /** Colour [red, green, blue] of the map at a place, painted for the purpose; null beside the map. */
  readPixel(x: number, y: number): readonly [number, number, number] | null;
  /** All of the map's pixels, painted for the purpose: red, green, blue, alpha, rows top down; null if none is shown. */
  picture(): { readonly width: number; readonly height: number; readonly data: Uint8Array } | null;
  /** The pictures that are exported: as SVG, as PNG. */
  mapSvg(): string;
  mapPng(): Promise<Blob>;
  /** Bytes of an open page, as the map shows them; null while it shows none. */
  contentOf(page: number): number[] | null;
  /** Height of a row, and the position of the view's top left corner in the whole map, in CSS pixels. */
  readonly camera: { readonly row: number; readonly x: number; readonly y: number };
  /** The VMAs as the window has them. */
  vmas(): readonly { start: number; end: number; name: string }[];
  /** Pages [start, end) that the step player lights on the map. */
  lit(): [start: number, end: number][];
  call<N extends CommandName>(name: N, payload: CommandRequest<N>): Promise<CommandReply<N>>;
  /** Sends a message as a page that was taken over would: no permit is asked for. @returns `ok`, or the error's kind */
  send(name: string, payload: unknown, permits: readonly string[]): Promise<string>;
  /** Takes the map's graphics context away, or gives it back, as a driver's reset does. */
  loseContext(lost: boolean): void;
}

declare global {
  interface Window {
    inspectorDebug?: InspectorDebug;
  }
}

export function debugHandle(model: AppModel, map: MapView): InspectorDebug {
  const { frames } = model;
  /** Left top of the map's area in the window. */
  const origin = (): { x: number; y: number } | null => {
    const area = document.querySelector('[data-testid="address-map"]')?.getBoundingClientRect();
    return area ? { x: area.right - map.camera.view.width, y: area.top } : null;
  };
  let extension: WEBGL_lose_context | null = null;
  return {
    get sequence() {
      return frames.sequence;
    },
    get time() {
      return frames.time;
    },
    get mode() {
      return frames.mode;
    },
    get painter() {
      return map.renderer.painterName;
    },
    get painted() {
      return model.raf.total;
    },
    get uploaded() {
      return map.renderer.uploaded;
    },
    frameCost: (q) => model.raf.cost(q),
    usePainter: (choice) => map.renderer.usePainter(choice),
    writtenRuns: () => frames.tiles.runs(Plane.Written),
    planeRuns: (plane) => frames.tiles.runs(plane),
    ageOf: (page) => frames.ageOf(page, frames.now()),
    rates: () => model.session.getState().rates,
    get tableIsCurrent() {
      return model.summary.isCurrent;
    },
    pageToPixel(page) {
      const rect = map.camera.rectOf(page);
      const at = origin();
      if (!rect || !at) return null;
      const [x, y] = [rect.x + rect.width / 2, rect.y + rect.height / 2];
      if (x < 0 || y < 0 || x >= map.camera.view.width || y >= map.camera.view.height) return null;
      return { x: at.x + x, y: at.y + y };
    },
    readPixel(x, y) {
      const at = origin();
      if (!at) return null;
      model.pump.frame();
      return map.readPixel(x - at.x, y - at.y);
    },
    picture() {
      model.pump.frame();
      return map.picture();
    },
    contentOf(page) {
      const bytes = map.renderer.bytes.get(page)?.bytes;
      return bytes ? [...bytes] : null;
    },
    get camera() {
      return map.camera.current;
    },
    mapSvg: () => renderMapSvg(mapStill(model, map)),
    mapPng: () => renderMapPng(mapStill(model, map)),
    vmas: () => frames.vmas.map(({ start, end, name }) => ({ start, end, name })),
    lit: () => model.steps.lit.map(({ start, end }) => [start, end]),
    call: (name, payload) => model.link.call(name, payload),
    send: (name, payload, permits) =>
      model.link.call(name as CommandName, payload as CommandRequest<CommandName>, [...permits]).then(
        () => 'ok',
        (cause: unknown) => errorData(cause).kind,
      ),
    loseContext(lost) {
      const canvas = document.querySelector<HTMLCanvasElement>('.map__pages');
      extension ??= canvas?.getContext('webgl2')?.getExtension('WEBGL_lose_context') ?? null;
      if (lost) extension?.loseContext();
      else extension?.restoreContext();
    },
  };
}
