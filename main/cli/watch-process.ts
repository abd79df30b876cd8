import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE, addressOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { intersectRanges, rangePages, type PageRange } from '#shared/memory/range.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { BackendName } from '#shared/source/backend.ts';
import { NativeSource } from '../native/native-source.ts';
import { requireForRunning, runProbe } from '../native/probe/probe.ts';
import type { WatchOptions } from './watch-options.ts';

export type WhatToWatch = Pick<WatchOptions, 'pid' | 'backend' | 'freeze' | 'range' | 'huge'>;

/** A process that is being watched, in the whole or in `range`. */
export class WatchedProcess {
  readonly source: NativeSource;
  private readonly range: PageRange | null;

  private constructor(source: NativeSource, range: PageRange | null) {
    this.source = source;
    this.range = range;
  }

  /** Attaches with `backend`, or with the best that works here; everything counts as not written then. */
  static async attach({ pid, backend, freeze, range, huge }: WhatToWatch) {
    const name = backend ?? chosen();
    if (backend) requireForRunning(backend);
    return new WatchedProcess(await NativeSource.attach(pid, { backend: name, freeze, huge }), range);
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

  /** Adds the pages written since the last call to plane Written of `tiles`, which is empty; they are clear then. */
  async take(tiles: TileSet): Promise<void> {
    const { range } = this;
    if (!range) {
      await this.source.sample({ mode: 'interval', tiles, state: false });
      return;
    }
    const result = await this.source.operate({
      op: 'GET_AND_CLEAR',
      start: addressOfPage(range.start),
      len: BigInt(rangePages(range)) * BigInt(PAGE_SIZE),
      vecLen: rangePages(range),
      flags: 0,
    });
    if (!result.ok) throw new InspectorError('bad-request', result.message, 'Choose another range.');
    const { runs } = result;
    for (let i = 0; i < runs.length; i += 2) tiles.setRun(Plane.Written, runs[i], runs[i] + runs[i + 1]);
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
