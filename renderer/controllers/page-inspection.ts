import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import type { FrameStore } from '../data/frame-store.ts';
import type { RafClient, RafLoop } from '../ui/raf-loop.ts';
import type { SelectionStore } from '../stores/selection-store.ts';
import type { SessionStore } from '../stores/session-store.ts';

/** What the engine can read of one page. */
export type PagePart = 'walk' | 'bytes';

export interface PageContents {
  readonly page: number;
  /** Shorter than a page, down to nothing, where memory cannot be read. */
  readonly bytes: Uint8Array;
  /** Reads of this page so far. */
  readonly reads: number;
  /** By byte: the number of the read that first showed its current value; 0 for the first read. */
  readonly changedIn: Uint32Array;
  /** Bytes that this read showed with another value than the previous one. */
  readonly changes: number;
}

export interface Inspection {
  /** The inspected page; null: none is selected. */
  readonly page: number | null;
  /** Null until it is known; of `page` always. */
  readonly walk: PageWalk | null;
  readonly walkError: InspectorErrorData | null;
  readonly contents: PageContents | null;
  readonly bytesError: InspectorErrorData | null;
}

const NOTHING: Inspection = { page: null, walk: null, walkError: null, contents: null, bytesError: null };

/** The shortest time between two reads, in ms: other programs pay for each. */
const EVERY = 50;
/** After a slow answer (thousands of mappings) the engine rests this many times as long. */
const REST = 4;

/**
 * What the engine reports of the page under the cursor. It is read while a view shows it, again after each painted
 * frame that brought something new, and never twice at a time.
 */
export class PageInspection implements RafClient {
  readonly store: StoreApi<Inspection> = createStore<Inspection>(() => NOTHING);
  private readonly link: EngineLink;
  private readonly session: StoreApi<SessionStore>;
  private readonly raf: RafLoop;
  private readonly viewers: Record<PagePart, number> = { walk: 0, bytes: 0 };
  private readonly stale: Record<PagePart, boolean> = { walk: true, bytes: true };
  private asking = false;
  private askedAt = -Infinity;
  /** Interval between two requests, in ms. */
  private pause = EVERY;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    link: EngineLink,
    session: StoreApi<SessionStore>,
    selection: StoreApi<SelectionStore>,
    frames: FrameStore,
    raf: RafLoop,
  ) {
    this.link = link;
    this.session = session;
    this.raf = raf;
    selection.subscribe(({ cursor }) => this.turnTo(cursor));
    frames.listen({ applied: () => this.outdate(), reset: () => this.turnTo(null) });
    raf.add(this);
  }

  /** A view that shows `part` is there. @returns a function to call when it goes */
  watch(part: PagePart): () => void {
    this.viewers[part]++;
    this.stale[part] = true;
    this.raf.request();
    return () => {
      this.viewers[part]--;
    };
  }

  frame(now: number): boolean {
    const { page } = this.store.getState();
    const wanted = (['walk', 'bytes'] as const).filter((part) => this.viewers[part] > 0 && this.stale[part]);
    if (page === null || wanted.length === 0 || this.asking) return false;
    const wait = this.askedAt + this.pause - now;
    if (wait > 0) {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        this.raf.request();
      }, wait);
      return false;
    }
    this.askedAt = now;
    this.asking = true;
    const began = performance.now();
    void Promise.all(wanted.map((part) => this.ask(part, page))).then(() => {
      this.asking = false;
      this.pause = Math.max(EVERY, (performance.now() - began) * (1 + REST));
      this.raf.request();
    });
    return false;
  }

  private turnTo(page: number | null): void {
    if (page === this.store.getState().page) return;
    this.store.setState({ ...NOTHING, page }, true);
    // A newly selected page is read at once.
    this.askedAt = -Infinity;
    this.outdate();
  }

  private outdate(): void {
    this.stale.walk = this.stale.bytes = true;
    if (this.viewers.walk + this.viewers.bytes > 0) this.raf.request(this);
  }

  private async ask(part: PagePart, page: number): Promise<void> {
    this.stale[part] = false;
    const able = this.session.getState().state?.source?.capabilities;
    if (!able || (part === 'walk' ? able.walk === 'none' : !able.bytes)) return;
    const isShown = (): boolean => this.store.getState().page === page;
    try {
      if (part === 'walk') {
        const walk = await this.link.call('page.walk', { page });
        if (isShown()) this.store.setState({ walk, walkError: null });
      } else {
        const { bytes } = await this.link.call('page.bytes', { page, pages: 1 });
        if (isShown()) this.takeBytes(page, bytes);
      }
    } catch (cause) {
      if (!isShown()) return;
      const error = errorData(cause);
      // What was read before is of another time.
      this.store.setState(
        part === 'walk' ? { walkError: error, walk: null } : { bytesError: error, contents: null },
      );
    }
  }

  private takeBytes(page: number, bytes: Uint8Array): void {
    const before = this.store.getState().contents;
    this.store.setState({ contents: compared(before, page, bytes), bytesError: null });
  }
}

/** The contents with what differs from the read before; `before` is null or of the same page. */
export function compared(before: PageContents | null, page: number, bytes: Uint8Array): PageContents {
  if (before === null) {
    return { page, bytes, reads: 1, changedIn: new Uint32Array(PAGE_SIZE), changes: 0 };
  }
  const reads = before.reads + 1;
  const changedIn = before.changedIn.slice();
  let changes = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (i < before.bytes.length && bytes[i] === before.bytes[i]) continue;
    changedIn[i] = reads;
    changes++;
  }
  return { page, bytes, reads, changedIn, changes };
}
