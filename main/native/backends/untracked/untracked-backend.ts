import type { PageRange } from '#shared/memory/range.ts';
import type { Vma } from '#shared/memory/vma.ts';
import * as errors from '../../errors.ts';
import { userRange } from '../../process/user-range.ts';
import { AddressSpace } from '../../tracking/address-space.ts';
import type { RegionList } from '../../tracking/region-list.ts';
import { EntriesReader } from '../pages/entries-reader.ts';
import { readState, ScanReader, type PageReader } from '../pages/page-reader.ts';
import { ProcessFiles } from '../process-files.ts';
import type { Backend, WriteTracker } from '../write-tracker.ts';

/**
 * No tracking at all on process `pid`: its mappings and the state of its pages are shown, and no page ever counts as
 * written. For a program on which no backend works, or none works now. `reason` is shown at every mapping. Throws InspectorError.
 */
export function untrackedBackend(pid: number, reason: string): Backend {
  return {
    name: 'none',
    label: 'not tracked',
    tracker: new UntrackedTracker(pid, reason),
    registers: false,
    getAndClear: 'none',
    clearRefs: false,
    stoppedNs: 0,
    notes: () => [reason],
    explain: () => `Not known. ${reason}`,
  };
}

class UntrackedTracker implements WriteTracker {
  private readonly files: ProcessFiles;
  private readonly space: AddressSpace;
  private readonly reader: PageReader;

  constructor(pid: number, reason: string) {
    this.files = new ProcessFiles(pid);
    this.space = new AddressSpace(this.files.maps, () => reason);
    this.reader =
      ScanReader.open(this.files.pagemap) ??
      new EntriesReader(this.files.pagemap, this.files.smaps, () => this.space.vmas);
    try {
      this.follow();
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  get vmas(): readonly Vma[] {
    return this.space.vmas;
  }

  read(_what: 'get' | 'get-and-clear', out: RegionList): void {
    this.follow();
    out.clear();
  }

  clear(): void {
    this.follow();
  }

  state(out: RegionList, range?: PageRange): void {
    this.follow();
    out.clear();
    readState(this.reader, range ?? userRange(this.space.vmas), out);
  }

  alive(): boolean {
    return this.files.alive();
  }

  pagemapEntry(page: number): bigint | null {
    return this.files.pagemapEntry(page);
  }

  close(): void {
    this.files.close();
  }

  private follow(): void {
    if (!this.alive()) throw errors.programGone();
    this.space.refreshIfDue();
  }
}
