import { PAGE_SIZE } from '#shared/memory/page.ts';

/** Reads `pages` pages from `page` on; rejects, or resolves with fewer bytes, if they cannot be read. */
export type ReadBytes = (page: number, pages: number) => Promise<Uint8Array>;

/** What is known about a page's contents. */
export interface PageContent {
  /** Null: the source could not read it. */
  readonly bytes: Uint8Array | null;
  /** When each byte was last seen to change, by performance.now(); 0: never. */
  readonly changedAt: Float64Array;
}

/** For how long a byte that changed is highlighted, in ms. */
export const CHANGED_FOR = 1500;
/** Pages that are kept at most: more than fit on a screen. */
const KEPT = 96;
/** Contents are read at most this often, in ms. */
const EVERY = 100;
const MAX_IN_ONE = 256;

/** Contents of the pages that the map shows byte by byte: read when they come into view, and again with each frame. */
export class PageBytes {
  private readonly readBytes: ReadBytes;
  private readonly changed: () => void;
  private readonly contents = new Map<number, PageContent>();
  private wanted: readonly number[] = [];
  private sequence = -1;
  private reading = false;
  private stale = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private epoch = 0;

  /** @param changed called when contents or their highlights changed: the map is drawn again */
  constructor(readBytes: ReadBytes, changed: () => void) {
    this.readBytes = readBytes;
    this.changed = changed;
  }

  get(page: number): PageContent | null {
    return this.contents.get(page) ?? null;
  }

  /** @param pages in view, ascending  @param sequence of the last frame: a new one means that they are read again */
  want(pages: readonly number[], sequence: number): void {
    this.wanted = pages;
    if (sequence !== this.sequence || pages.some((page) => !this.contents.has(page))) {
      this.sequence = sequence;
      this.stale = pages.length > 0;
      if (!this.reading && this.timer === null && this.stale) void this.read();
    }
  }

  /** Another source was opened, or the same one again. */
  reset(): void {
    this.contents.clear();
    this.wanted = [];
    this.stale = false;
    this.epoch++;
  }

  private async read(): Promise<void> {
    this.reading = true;
    this.stale = false;
    const { epoch } = this;
    for (const { start, pages } of runsOf(this.wanted)) {
      const bytes = await this.bytesOf(start, pages);
      if (epoch !== this.epoch) break;
      const now = performance.now();
      for (let i = 0; i < pages; i++) {
        const whole = (i + 1) * PAGE_SIZE <= bytes.length;
        this.take(start + i, whole ? bytes.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE) : null, now);
      }
    }
    this.reading = false;
    this.forgetOld();
    this.changed();
    // Highlights end, and contents that changed meanwhile are read next.
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.stale) void this.read();
    }, EVERY);
  }

  private async bytesOf(page: number, pages: number): Promise<Uint8Array> {
    try {
      return await this.readBytes(page, pages);
    } catch {
      // Its cell shows that it cannot be read.
      return new Uint8Array(0);
    }
  }

  private take(page: number, bytes: Uint8Array | null, now: number): void {
    const before = this.contents.get(page);
    const changedAt = before?.changedAt ?? new Float64Array(PAGE_SIZE);
    if (before?.bytes && bytes) {
      let any = false;
      for (let i = 0; i < PAGE_SIZE; i++) {
        if (bytes[i] === before.bytes[i]) continue;
        changedAt[i] = now;
        any = true;
      }
      if (any) setTimeout(() => this.changed(), CHANGED_FOR + 20);
    }
    this.contents.delete(page);
    // Copied: replies hold pages together.
    this.contents.set(page, { bytes: bytes && Uint8Array.from(bytes), changedAt });
  }

  private forgetOld(): void {
    for (const page of this.contents.keys()) {
      if (this.contents.size <= KEPT) break;
      this.contents.delete(page);
    }
  }
}

/** Runs of consecutive pages, as long as one command takes. */
export function runsOf(pages: readonly number[]): { start: number; pages: number }[] {
  const runs: { start: number; pages: number }[] = [];
  for (const page of pages) {
    const last = runs.at(-1);
    if (last && last.start + last.pages === page && last.pages < MAX_IN_ONE) last.pages++;
    else runs.push({ start: page, pages: 1 });
  }
  return runs;
}
