import type { OpenSource } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { GetWriteWatchRequest, WatchUse, WriteWatchState } from '#shared/contract/write-watch.ts';
import { AREAS, GAME_PAGES } from '#shared/demo/game-areas.ts';
import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { FrameStore } from '../data/frame-store.ts';
import { type EngineLink, errorData } from '../engine/engine-link.ts';
import { parseWatchForm, watchFormOf } from '../stores/watch-form.ts';
import {
  createWriteWatchStore,
  NOTHING_WATCHED,
  type WatchCall,
  type WatchForm,
  type WriteWatchStore,
} from '../stores/write-watch-store.ts';

/** A program and what uses the write watches of one of its regions. */
export interface WatchDemo {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly use: WatchUse;
  readonly source: OpenSource;
  /** The region in its memory; null if it is not mapped yet. */
  region(vmas: readonly Vma[]): PageRange | null;
}

const named =
  (name: string) =>
  (vmas: readonly Vma[]): PageRange | null =>
    vmas.find((vma) => vma.name === name) ?? null;

const simulated = (workload: string): OpenSource => ({
  kind: 'simulated',
  workload,
  parameters: {},
  seed: 1,
});

export const WATCH_DEMOS: readonly WatchDemo[] = [
  {
    id: 'textures',
    title: 'Texture cache, simulated game',
    text: 'Uploads only the pages of textures that were written since the frame before.',
    use: 'texture-cache',
    source: simulated('game-loop'),
    region: named('[anon:textures]'),
  },
  {
    id: 'remembered-set',
    title: 'Remembered set, simulated collector',
    text: 'A minor collection scans only the pages of the old generation that were written since the previous one.',
    use: 'remembered-set',
    source: simulated('garbage-collector'),
    region: named('[anon:old generation]'),
  },
  {
    id: 'real-textures',
    title: 'Texture cache, real demo program',
    text: 'Copies only written pages out of a running process, and compares the copy with its memory every two seconds.',
    use: 'texture-cache',
    source: { kind: 'demo' },
    // Kernels without names of anonymous mappings show it by its size alone.
    region: (vmas) => {
      const buffer =
        named('[anon:demo game]')(vmas) ??
        vmas.find((vma) => vma.end - vma.start === GAME_PAGES && vma.kind === 'anon-private');
      if (!buffer) return null;
      const start = buffer.start + AREAS.textures.start;
      return { start, end: start + AREAS.textures.pages };
    },
  },
];

interface WriteWatchesInput {
  readonly link: EngineLink;
  readonly frames: FrameStore;
  openSource(source: OpenSource): Promise<void>;
}

/** Windows' write watches as the window calls them: regions, calls, what uses them. */
export class WriteWatchesController {
  readonly store: StoreApi<WriteWatchStore> = createWriteWatchStore();
  private readonly input: WriteWatchesInput;

  constructor(input: WriteWatchesInput) {
    this.input = input;
    input.frames.listen({ applied: () => undefined, reset: () => this.store.setState(NOTHING_WATCHED) });
  }

  /** The engine reported another state. */
  adopt(state: WriteWatchState): void {
    this.store.setState({ state });
  }

  /** The watched regions ended with the engine; the last call stays. */
  engineDied(): void {
    this.store.setState({ state: NOTHING_WATCHED.state });
  }

  edit(change: Partial<WatchForm>): void {
    this.store.setState(({ form }) => ({ form: { ...form, ...change } }));
  }

  /** Watches a range; the fields of a call are set to it. */
  async watch({ start, end }: PageRange): Promise<void> {
    await this.changed(() => this.input.link.call('writeWatch.watch', { start, pages: end - start }));
    if (this.store.getState().problem === null) this.edit(watchFormOf({ start, end }));
  }

  unwatch(start: number): Promise<void> {
    return this.changed(() => this.input.link.call('writeWatch.unwatch', { start }));
  }

  use(use: WatchUse, start: number): Promise<void> {
    return this.changed(() => this.input.link.call('writeWatch.use', { what: { use, start } }));
  }

  stopUse(): Promise<void> {
    return this.changed(() => this.input.link.call('writeWatch.use', { what: null }));
  }

  /** GetWriteWatch with the form's fields. False if a field has to be corrected first. */
  async get(): Promise<boolean> {
    const request = parseWatchForm(this.store.getState().form);
    if ('errors' in request) return false;
    await this.call(request);
    return true;
  }

  /** The last call again, after the pages that it returned. */
  async continueCall(): Promise<void> {
    const { call } = this.store.getState();
    const next = call?.name === 'GetWriteWatch' ? (call.reply?.next ?? null) : null;
    if (call?.name !== 'GetWriteWatch' || next === null) return;
    const { request } = call;
    const base = BigInt(next) * BigInt(PAGE_SIZE);
    await this.call({ ...request, base, size: request.base + request.size - base });
  }

  /** ResetWriteWatch with the form's base and size. False if one has to be corrected first. */
  async reset(): Promise<boolean> {
    // It has neither a count nor flags.
    const request = parseWatchForm({ ...this.store.getState().form, count: '0', flags: '0' });
    if ('errors' in request) return false;
    const { base, size } = request;
    const range = { start: pageOfAddress(base), end: pageOfAddress(base + size + BigInt(PAGE_SIZE - 1)) };
    const call: WatchCall = { name: 'ResetWriteWatch', range, error: null, failure: null };
    this.store.setState({ call });
    try {
      const { error } = await this.input.link.call('writeWatch.reset', { base, size });
      this.store.setState({ call: { ...call, error } });
    } catch (cause) {
      this.store.setState({ call: { ...call, failure: errorData(cause) } });
    }
    return true;
  }

  /** Opens the program of a demonstration, watches its region and uses it. */
  async demonstrate({ source, use, region }: WatchDemo): Promise<void> {
    await this.input.openSource(source);
    const range = await this.mapped(region);
    await this.watch(range);
    if (this.store.getState().problem === null) await this.use(use, range.start);
  }

  /** The region, as soon as a frame has it. */
  private mapped(region: WatchDemo['region']): Promise<PageRange> {
    const { frames } = this.input;
    return new Promise((resolve, reject) => {
      const stop = frames.listen({
        applied: () => checkFrame(),
        reset: () => {
          stop();
          reject(new InspectorError('busy', 'Another source was opened.'));
        },
      });
      const checkFrame = (): void => {
        const found = region(frames.vmas);
        if (!found) return;
        stop();
        resolve({ start: found.start, end: found.end });
      };
      checkFrame();
    });
  }

  private async call(request: GetWriteWatchRequest): Promise<void> {
    const call: WatchCall = { name: 'GetWriteWatch', request, reply: null, failure: null, runs: [] };
    this.store.setState({ call });
    try {
      const reply = await this.input.link.call('writeWatch.get', request);
      this.store.setState({ call: { ...call, reply, runs: runsOfPages(reply.pages) } });
    } catch (cause) {
      this.store.setState({ call: { ...call, failure: errorData(cause) } });
    }
  }

  private async changed(task: () => Promise<WriteWatchState>): Promise<void> {
    try {
      this.store.setState({ state: await task(), problem: null });
    } catch (cause) {
      this.store.setState({ problem: errorData(cause) });
    }
  }
}

/** Ascending pages as runs. */
function runsOfPages(pages: Float64Array): PageRange[] {
  const runs: { start: number; end: number }[] = [];
  for (const page of pages) {
    const last = runs.at(-1);
    if (last?.end === page) last.end++;
    else runs.push({ start: page, end: page + 1 });
  }
  return runs;
}
