import { InspectorError } from '#shared/contract/errors.ts';
import { intersectRanges, type PageRange } from '#shared/memory/range.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { BackendName } from '#shared/source/backend.ts';
import { NativeSource } from '../native/native-source.ts';
import { requireForRunning, runProbe } from '../native/probe/probe.ts';
import type { WatchOptions } from './watch-options.ts';

export type WhatToWatch = Pick<WatchOptions, 'pid' | 'backend' | 'freeze' | 'exact' | 'range' | 'huge'>;

/** A process that is being watched, in the whole or in `range`. */
export class WatchedProcess {
  readonly source: NativeSource;
  private readonly range: PageRange | null;

  private constructor(source: NativeSource, range: PageRange | null) {
    this.source = source;
    this.range = range;
  }

  /** Attaches with `backend`, or with the best that works here; everything counts as not written then. */
  static async attach({ pid, backend, freeze, exact, range, huge }: WhatToWatch) {
    const name = backend ?? chosen();
    if (backend) requireForRunning(backend);
    return new WatchedProcess(await NativeSource.attach(pid, { backend: name, freeze, exact, huge }), range);
  }

  /** What tracks it at present. */
  get backend(): NativeSource['backend'] {
    return this.source.backend;
  }

  /** Whether what `take` tells is exactly what was written: nothing falls between reading and clearing. */
  get exact(): boolean {
    const { getAndClear } = this.source.capabilities;
    return getAndClear === 'atomic' || getAndClear === 'emulated-freeze';
  }

  /**
   * Adds the pages written since the last call to plane Written of `tiles`, which is empty, and to plane Hot those of
   * which that is not known; they are clear then.
   */
  async take(tiles: TileSet): Promise<void> {
    const { range } = this;
    await this.source.sample({ mode: 'interval', tiles, state: false, ...(range && { range }) });
  }

  /** VMAs in range that the program can write to and that cannot be watched. */
  async unwatched(): Promise<Vma[]> {
    const { vmas } = await this.source.sample({ mode: 'hold', tiles: new TileSet(), state: false });
    const { range } = this;
    return vmas.filter(
      (vma) => vma.write && !vma.tracked && (range === null || intersectRanges(vma, range) !== null),
    );
  }
}

function chosen(): BackendName {
  const { running, reason } = runProbe().choice;
  if (running !== null) return running;
  throw new InspectorError('unsupported', reason, 'See what is in the way: soft-dirty probe.');
}
