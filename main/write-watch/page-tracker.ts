import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { OperationName } from '#shared/source/operation.ts';
import type { RangeOperations, TrackingSource } from '#shared/source/source.ts';

/** The write tracking that write watches need; ranges are in pages. */
export interface PageTracker {
  /**
   * The first `max` written pages of `start` … `start + pages` - 1, ascending; with `clear` these, and no others, are
   * cleared in the same atomic step.
   */
  written(start: number, pages: number, max: number, clear: boolean): Promise<readonly number[]>;
  clear(start: number, pages: number): Promise<void>;
  /** Whether a VMA of the range has VM_SOFTDIRTY, which makes every page of it count as written. */
  isFlagged(start: number, pages: number): Promise<boolean>;
}

/** The part of a source that is used. */
export interface TrackedMemory {
  readonly operations: Pick<RangeOperations, 'noReusedRegions' | 'operate'> | null;
  sample: TrackingSource['sample'];
}

/** A source that can clear ranges, by its GET, CLEAR and GET_AND_CLEAR. Rejects with an InspectorError if one fails. */
export class SourceTracker implements PageTracker {
  private readonly source: TrackedMemory;
  private readonly operations: NonNullable<TrackedMemory['operations']>;
  private readonly tiles = new TileSet();

  /** Throws InspectorError of kind `unsupported` if the source cannot read and clear a range. */
  constructor(source: TrackedMemory) {
    if (source.operations === null) {
      throw new InspectorError(
        'unsupported',
        'Write watches need a source that can get and clear ranges of pages.',
      );
    }
    this.source = source;
    this.operations = source.operations;
  }

  async written(start: number, pages: number, max: number, clear: boolean): Promise<readonly number[]> {
    const runs = await this.operate(clear ? 'GET_AND_CLEAR' : 'GET', start, pages, Math.min(max, pages));
    const found: number[] = [];
    for (let i = 0; i < runs.length; i += 2)
      for (let page = runs[i]; page < runs[i] + runs[i + 1]; page++) found.push(page);
    return found;
  }

  async clear(start: number, pages: number): Promise<void> {
    await this.operate('CLEAR', start, pages, 0);
  }

  async isFlagged(start: number, pages: number): Promise<boolean> {
    if (!this.operations.noReusedRegions) return false;
    const range = { start, end: start + pages };
    this.tiles.clear();
    const { vmas } = await this.source.sample({ mode: 'hold', tiles: this.tiles, state: false, range });
    return vmas.some((vma) => vma.softDirty && vma.start < range.end && vma.end > start);
  }

  private async operate(
    op: OperationName,
    start: number,
    pages: number,
    vecLen: number,
  ): Promise<Float64Array> {
    const address = BigInt(start) * BigInt(PAGE_SIZE);
    const len = BigInt(pages) * BigInt(PAGE_SIZE);
    const result = await this.operations.operate({ op, start: address, len, vecLen, flags: 0 });
    if (!result.ok)
      throw new InspectorError('internal', `${op} failed with ${result.errno}: ${result.message}`);
    return result.runs;
  }
}
