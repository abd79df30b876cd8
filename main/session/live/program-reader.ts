import { InspectorError } from '#shared/contract/errors.ts';
import type { ProgramFiles } from '#shared/ranges/program-files.ts';
import type { FoundSymbol, PageObjects } from '#shared/source/page-objects.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import type { Snapshot } from '#shared/source/snapshot.ts';
import type { ProgramObjects, TrackingSource } from '#shared/source/source.ts';

/** Reads what is not in frames from the program itself: page tables and contents. */
export class ProgramReader {
  private readonly source: TrackingSource;
  private readonly check: () => void;

  /** @param check throws if the program cannot be read now */
  constructor(source: TrackingSource, check: () => void) {
    this.source = source;
    this.check = check;
  }

  walk(page: number): Promise<PageWalk> {
    this.check();
    const { pageTables } = this.source;
    if (pageTables === null)
      throw new InspectorError('unsupported', 'This source has no page tables to walk.');
    return pageTables.walk(page);
  }

  bytes(page: number, pages: number): Promise<Uint8Array> {
    this.check();
    const { memory } = this.source;
    if (memory === null) throw new InspectorError('unsupported', 'This source has no page contents.');
    return memory.bytes(page, pages);
  }

  objects(page: number): Promise<PageObjects> {
    return this.programObjects().objects(page);
  }

  symbol(name: string): Promise<FoundSymbol | null> {
    return this.programObjects().symbol(name);
  }

  files(): Promise<ProgramFiles> {
    return this.programObjects().files();
  }

  private programObjects(): ProgramObjects {
    this.check();
    const { programObjects } = this.source;
    if (programObjects !== null) return programObjects;
    throw new InspectorError('unsupported', 'This source has neither symbols nor a heap.');
  }

  snapshot(start: number, pages: number): Promise<Snapshot> {
    this.check();
    const { snapshots } = this.source;
    if (snapshots === null)
      throw new InspectorError('unsupported', 'This source cannot stop the program for a snapshot.');
    return snapshots.snapshot(start, pages);
  }
}
