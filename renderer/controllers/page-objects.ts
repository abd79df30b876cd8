import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { FoundSymbol, PageObjects } from '#shared/source/page-objects.ts';
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import type { SelectionStore } from '../stores/selection-store.ts';
import type { SessionStore } from '../stores/session-store.ts';
import { LatestOnly } from './latest-only.ts';

export interface PageObjectsStore {
  /** Null until it is known; of the selected page always. */
  readonly objects: PageObjects | null;
  readonly error: InspectorErrorData | null;
}

interface PageObjectsInput {
  readonly link: EngineLink;
  readonly session: StoreApi<SessionStore>;
  readonly selection: StoreApi<SelectionStore>;
}

/** How often they are read again while they are shown, in ms: the engine walks through the heap for each. */
const AGAIN_MS = 3000;

/** Variables and heap blocks of the selected page: read while a view shows them, when another page is selected and occasionally. */
export class PageObjectsController {
  readonly store: StoreApi<PageObjectsStore> = createStore<PageObjectsStore>(() => ({
    objects: null,
    error: null,
  }));
  private readonly input: PageObjectsInput;
  private readonly requests = new LatestOnly<number>((page) => this.read(page));
  private viewers = 0;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(input: PageObjectsInput) {
    this.input = input;
    input.selection.subscribe(({ cursor }, before) => {
      if (cursor !== before.cursor) this.outdate();
    });
    const openSource = ({ state }: SessionStore) => state?.source?.description;
    input.session.subscribe((next, before) => {
      if (openSource(next)?.detail !== openSource(before)?.detail) this.outdate();
    });
  }

  /** Whether the open source has symbols and a heap. */
  get isAble(): boolean {
    return this.input.session.getState().state?.source?.capabilities.objects === true;
  }

  /** A view that shows them is there. @returns a function to call when it goes */
  watch(): () => void {
    if (++this.viewers === 1) {
      this.timer = setInterval(() => this.request(), AGAIN_MS);
      this.request();
    }
    return () => {
      if (--this.viewers === 0) clearInterval(this.timer);
    };
  }

  /** The variable called `name` in the open program; null if there is none. Rejects with the engine's error. */
  async find(name: string): Promise<FoundSymbol | null> {
    return (await this.input.link.call('symbol.find', { name })).symbol;
  }

  private outdate(): void {
    this.store.setState({ objects: null, error: null });
    this.request();
  }

  private request(): void {
    const { cursor } = this.input.selection.getState();
    if (this.viewers > 0 && cursor !== null && this.isAble) this.requests.request(cursor);
  }

  private async read(page: number): Promise<void> {
    const isShown = (): boolean => this.input.selection.getState().cursor === page;
    try {
      const objects = await this.input.link.call('page.objects', { page });
      if (isShown()) this.store.setState({ objects, error: null });
    } catch (cause) {
      if (isShown()) this.store.setState({ objects: null, error: errorData(cause) });
    }
  }
}
