import { expect, type Page } from '@playwright/test';
import { differenceOf, SAME } from '../fixtures/sets.ts';
import type { Shell } from '#shared/contract/shell.ts';
import type { WriteRates } from '#shared/contract/write-rates.ts';
import type { CommandName, CommandReply, CommandRequest } from '#shared/contract/commands.ts';

/** A run of pages [start, end). */
export type Run = readonly [start: number, end: number];
export interface Vma {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}
export type Colour = readonly [red: number, green: number, blue: number];

const DEMO_PAGES = 16_384;

/** The window's data behind its picture: the part of `window.inspectorDebug` that the journeys use. */
interface DebugHandle {
  readonly sequence: number;
  /** Time of the last frame, in ms. */
  readonly time: number;
  readonly painter: string;
  readonly painted: number;
  readonly uploaded: number;
  frameCost(q: number): number;
  usePainter(choice: 'auto' | 'WebGL2' | 'Canvas 2D'): void;
  writtenRuns(): Run[];
  pageToPixel(page: number): { x: number; y: number } | null;
  readPixel(x: number, y: number): Colour | null;
  picture(): { readonly width: number; readonly height: number; readonly data: Uint8Array } | null;
  planeRuns(plane: number): Run[];
  readonly mode: 'hold' | 'interval';
  ageOf(page: number): number | null;
  rates(): WriteRates | null;
  readonly tableIsCurrent: boolean;
  contentOf(page: number): number[] | null;
  readonly camera: { readonly row: number; readonly x: number; readonly y: number };
  mapSvg(): string;
  mapPng(): Promise<Blob>;
  loseContext(lost: boolean): void;
  vmas(): readonly Vma[];
  lit(): [start: number, end: number][];
  call<N extends CommandName>(name: N, payload: CommandRequest<N>): Promise<CommandReply<N>>;
  send(name: string, payload: unknown, permits: readonly string[]): Promise<string>;
}

declare global {
  interface Window {
    readonly inspectorDebug: DebugHandle;
    readonly shell?: Shell;
  }
}

/** The window's data, asked from the test. */
export class Data {
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  sequence(): Promise<number> {
    return this.page.evaluate(() => window.inspectorDebug.sequence);
  }

  painter(): Promise<string> {
    return this.page.evaluate(() => window.inspectorDebug.painter);
  }

  /** How many pages of plane Written there are. */
  writtenCount(): Promise<number> {
    return this.page.evaluate(() =>
      window.inspectorDebug.writtenRuns().reduce((sum, [start, end]) => sum + end - start, 0),
    );
  }

  /** Pages of plane Written, ascending; of [start, end) where given. */
  async written(start = 0, end = Infinity): Promise<number[]> {
    const runs = await this.page.evaluate(() => window.inspectorDebug.writtenRuns());
    return pagesOf(runs).filter((page) => page >= start && page < end);
  }

  /** The VMA of that name, once the window has it. */
  async vma(name: string): Promise<Vma> {
    return this.firstVma((vma) => vma.name.includes(name), name);
  }

  /** The demo program's buffer in a window that started it: 64 MiB, by its size, since not every kernel keeps its name. */
  async demoBuffer(): Promise<Vma> {
    return this.firstVma((vma) => vma.end - vma.start === DEMO_PAGES, 'of the demo buffer’s size');
  }

  private async firstVma(fits: (vma: Vma) => boolean, what: string): Promise<Vma> {
    let found: Vma | undefined;
    await expect
      .poll(async () => (found = (await this.vmas()).find(fits)), { message: `a mapping ${what}` })
      .toBeDefined();
    if (found === undefined) throw new Error(`no mapping ${what}`);
    return found;
  }

  vmas(): Promise<readonly Vma[]> {
    return this.page.evaluate(() => window.inspectorDebug.vmas());
  }

  /** Waits for a frame later than `sequence`. */
  async after(sequence: number): Promise<void> {
    await this.page.waitForFunction((before) => window.inspectorDebug.sequence > before, sequence);
  }

  /**
   * Waits until the picture has all that was sampled, while sampling is paused. The engine holds samples back while a
   * frame is in flight; so once three paints and an answer of the engine have brought no other frame, there is none.
   */
  async settled(): Promise<void> {
    const unchanged = () =>
      this.page.evaluate(async () => {
        const before = window.inspectorDebug.sequence;
        for (let paint = 0; paint < 3; paint++) await new Promise(requestAnimationFrame);
        // A frame is acknowledged in a separate task after its paint.
        await new Promise((resolve) => setTimeout(resolve, 0));
        await window.inspectorDebug.call('session.state', {});
        await new Promise(requestAnimationFrame);
        return window.inspectorDebug.sequence === before;
      });
    await expect.poll(unchanged, { message: 'no more frames' }).toBe(true);
  }

  /** Waits until the engine has counted how fast pages are written at the frame, which is not the first one. */
  async ratesAreThere(): Promise<void> {
    await this.page.waitForFunction(() => {
      const { time, rates } = window.inspectorDebug;
      return rates()?.timeNs === Math.round(time * 1e6);
    });
  }

  /** Waits until the table of mappings shows the last frame and rates. */
  async tableIsCurrent(): Promise<void> {
    await this.page.waitForFunction(() => window.inspectorDebug.tableIsCurrent);
  }

  /** Waits until that number of further samples is in the picture. */
  async moreSamples(count: number): Promise<void> {
    await this.after((await this.sequence()) + count - 1);
  }

  /** Waits until the picture has exactly the pages of `expected` in [start, end). */
  async shows(expected: Iterable<number>, start: number, end: number, message = 'shown'): Promise<void> {
    await expect
      .poll(async () => differenceOf(await this.written(start, end), expected), { message })
      .toEqual(SAME);
  }

  /** The middle of a page on the map, once it is in view, in CSS pixels of the window. */
  async place(page: number): Promise<{ x: number; y: number }> {
    let found: { x: number; y: number } | null = null;
    await expect
      .poll(
        async () =>
          (found = await this.page.evaluate((target) => window.inspectorDebug.pageToPixel(target), page)),
        { message: `page ${page} in view` },
      )
      .not.toBeNull();
    return found ?? { x: NaN, y: NaN };
  }

  /** The map's colour in the middle of a page; null if it is not in view. */
  pixel(page: number): Promise<Colour | null> {
    return this.page.evaluate((target) => {
      const place = window.inspectorDebug.pageToPixel(target);
      return place === null ? null : window.inspectorDebug.readPixel(place.x, place.y);
    }, page);
  }

  /** The map's colours of several pages. */
  async pixels(pages: readonly number[]): Promise<(Colour | null)[]> {
    const colours: (Colour | null)[] = [];
    for (const page of pages) colours.push(await this.pixel(page));
    return colours;
  }

  /** Those of `pages` that the map shows now. */
  inView(pages: readonly number[]): Promise<number[]> {
    return this.page.evaluate(
      (candidates) => candidates.filter((one) => window.inspectorDebug.pageToPixel(one) !== null),
      pages,
    );
  }
}

export function pagesOf(runs: readonly Run[]): number[] {
  return runs.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));
}
