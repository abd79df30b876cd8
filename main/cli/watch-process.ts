import { InspectorError } from '#shared/contract/errors.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { NativeSource } from '../native/native-source.ts';
import { PageBitmap } from '../native/tracking/page-bitmap.ts';
import { requireForRunning, runProbe } from '../native/probe/probe.ts';
import { StateReadPolicy } from '../session/live/state-read-policy.ts';
import type { WatchOptions } from './watch-options.ts';

export type WatchedProcessOptions = Pick<
  WatchOptions,
  'pid' | 'backend' | 'freeze' | 'exact' | 'clearAnyway' | 'range' | 'huge'
>;

/** A watched process, all of it or `range`. */
export class WatchedProcess {
  readonly source: NativeSource;
  /** VMAs at the last `take` or `readVmas`. */
  vmas: readonly Vma[] = [];
  private readonly plan = new StateReadPolicy();
  private readonly range: PageRange | null;
  /** What was written at the last call, if nothing is cleared. */
  private before = new PageBitmap();

  private constructor(source: NativeSource, range: PageRange | null) {
    this.source = source;
    this.range = range;
  }

  /** Attaches with `backend`, or with the best that works here; everything counts as not written then. */
  static async attach({ pid, backend, range, ...how }: WatchedProcessOptions, signal?: AbortSignal) {
    if (backend) requireForRunning(backend);
    else requireAny();
    // Defaults may depend on what the program itself uses.
    const asked = backend ? { backend } : {};
    return new WatchedProcess(
      await NativeSource.attach(pid, { ...asked, ...how, ...(signal && { signal }) }),
      range,
    );
  }

  /** What currently tracks it. */
  get backend(): NativeSource['backend'] {
    return this.source.backend;
  }

  /** Whether `take` returns exactly what was written: no write is lost between reading and clearing. */
  get exact(): boolean {
    const { operations } = this.source;
    if (operations === null || operations.clearsForOthers !== undefined) return false;
    return operations.getAndClear !== 'emulated-racy';
  }

  /**
   * Adds the events since the last call to the planes of `tiles`, which is empty; the pages are clear afterwards. If a
   * clear would take something from another program, nothing is cleared, and the result is those that were not written
   * at the last call.
   */
  async take(tiles: TileSet): Promise<void> {
    const range = this.range && { range: this.range };
    if (this.source.clearsForOthers === undefined) {
      // What is gone is known from the state of the pages, which is read as often as that is cheap.
      const state = this.plan.due(performance.now());
      const { vmas, scanNs } = await this.source.sample({ mode: 'interval', tiles, state, ...range });
      if (state) this.plan.done(performance.now(), scanNs / 1e6);
      this.vmas = vmas;
      return;
    }
    const held = new TileSet();
    const { vmas } = await this.source.sample({ mode: 'hold', tiles: held, state: false, ...range });
    this.vmas = vmas;
    const now = new PageBitmap();
    for (const [start, end] of held.runs(Plane.Written)) {
      now.add(start, end);
      for (let page = start; page < end; page++) {
        if (!this.before.has(page)) tiles.setRun(Plane.Written, page, page + 1);
      }
    }
    this.before = now;
  }

  /** Sets `vmas` to those that are there now; nothing is cleared. */
  async readVmas(): Promise<void> {
    const { vmas } = await this.source.sample({ mode: 'hold', tiles: new TileSet(), state: false });
    this.vmas = vmas;
  }
}

/** Throws if no backend works on running programs here. */
function requireAny(): void {
  const { running, reason } = runProbe().choice;
  if (running !== null) return;
  throw new InspectorError('unsupported', reason, 'Run soft-dirty probe for the reasons.');
}
