import type { Page } from '@playwright/test';
import type { CommandName, CommandReply, CommandRequest } from '#shared/contract/commands.ts';

/** A run of pages [start, end). */
export type Run = readonly [start: number, end: number];
export type Colour = readonly [red: number, green: number, blue: number];

/** What the window tells of the data behind its picture: the part of `window.inspectorDebug` that the journeys use. */
interface DebugHandle {
  readonly sequence: number;
  readonly painter: string;
  readonly painted: number;
  writtenRuns(): Run[];
  pageToPixel(page: number): { x: number; y: number } | null;
  readPixel(x: number, y: number): Colour | null;
  vmas(): readonly { start: number; end: number; name: string }[];
  call<N extends CommandName>(name: N, payload: CommandRequest<N>): Promise<CommandReply<N>>;
}

declare global {
  interface Window {
    readonly inspectorDebug: DebugHandle;
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

  /** Pages of plane Written, ascending; of [start, end) where given. */
  async written(start = 0, end = Infinity): Promise<number[]> {
    const runs = await this.page.evaluate(() => window.inspectorDebug.writtenRuns());
    return pagesOf(runs).filter((page) => page >= start && page < end);
  }

  /** The VMA of that name, once the window has it. */
  async vma(name: string): Promise<{ start: number; end: number }> {
    const handle = await this.page.waitForFunction(
      (wanted) => window.inspectorDebug.vmas().find((vma) => vma.name.includes(wanted)),
      name,
    );
    const vma = await handle.jsonValue();
    if (vma === undefined) throw new Error(`no VMA ${name}`);
    return vma;
  }

  vmas(): Promise<readonly { start: number; end: number; name: string }[]> {
    return this.page.evaluate(() => window.inspectorDebug.vmas());
  }

  /** Waits until a frame was painted that the engine sampled after this moment. */
  async nextFrames(count = 2): Promise<void> {
    const before = await this.sequence();
    await this.page.waitForFunction((target) => window.inspectorDebug.sequence >= target, before + count);
  }

  /** The map's colour in the middle of a page; null where it is not in view. */
  pixel(page: number): Promise<Colour | null> {
    return this.page.evaluate((target) => {
      const place = window.inspectorDebug.pageToPixel(target);
      return place === null ? null : window.inspectorDebug.readPixel(place.x, place.y);
    }, page);
  }

  /** Colours of many pages at once. */
  pixels(pages: readonly number[]): Promise<(Colour | null)[]> {
    return this.page.evaluate(
      (targets) =>
        targets.map((target) => {
          const place = window.inspectorDebug.pageToPixel(target);
          return place === null ? null : window.inspectorDebug.readPixel(place.x, place.y);
        }),
      pages,
    );
  }
}

export function pagesOf(runs: readonly Run[]): number[] {
  return runs.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i));
}
