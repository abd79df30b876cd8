import { ERRNO, PM_SCAN } from '../../syscalls/constants.ts';
import * as say from '../../messages.ts';
import type { MapsVma } from '../../process/maps.ts';
import { PageBitmap } from '../page-bitmap.ts';
import {
  PRESENT_PAGES,
  PRIVATE_FILE_WRITTEN,
  SHARED_TOUCHED,
  SHARED_WRITTEN,
  UNREGISTERED_ANY,
} from '../queries.ts';
import { RegionList } from '../region-list.ts';
import { isShared, MOST_SHARED_PAGES } from '../segments.ts';
import type { Userfault } from '../userfault.ts';
import type { BoundedScan } from './bounded-scan.ts';
import type { Owner } from './owner.ts';
import type { Admission, Standing, StandingKind } from './standing.ts';

/** What a registrar works with. */
export interface Registering {
  readonly userfault: Userfault;
  readonly pagemap: BoundedScan;
  readonly owner: Owner;
  /** Pages that count as written although their entry is protected already. */
  readonly carry: PageBitmap;
  alive(): boolean;
}

/**
 * Decides which mappings are registered. Registered is not the same as registered by us: PAGE_IS_WPALLOWED holds for
 * everybody's asynchronous write-protection, and only UFFDIO_REGISTER knows whose a registration is.
 */
export class Registrar {
  private readonly by: Registering;
  private readonly scratch = new RegionList();

  constructor(by: Registering) {
    this.by = by;
  }

  /** Registers `vma` where it can be, and says how it stands; `before`: how the same line stood. */
  admit(vma: MapsVma, before?: Standing): Admission {
    const errno = this.register(vma);
    // What was written while it was another's is not known, and not claimed.
    if (errno === 0 && before?.kind === 'foreign') this.arm(vma);
    if (errno === 0) return { tracked: true, untracked: undefined, standing: { kind: 'ours' } };
    if (errno === -ERRNO.EBUSY) return against('foreign', this.by.owner.ofForeign());
    if (errno === -ERRNO.EPERM) return against('refused', say.UNTRACKED.readOnlyShared);
    return against('refused', say.UNTRACKED.refused);
  }

  private register(vma: MapsVma): number {
    this.scratch.clear();
    this.by.pagemap.scan(UNREGISTERED_ANY, 0, vma.start, vma.end, this.scratch, 1);
    const registered = this.scratch.count === 0;
    if (registered || !isShared(vma) || vma.end - vma.start > MOST_SHARED_PAGES)
      return this.registerRange(vma);
    const present = new PageBitmap();
    this.addPresent(vma, present);
    const errno = this.registerRange(vma);
    if (errno !== 0) return errno;
    // Protects everything at once, holes included; what was there before or is now counts as written.
    this.scratch.clear();
    this.by.pagemap.scan(SHARED_WRITTEN, PM_SCAN.WP_MATCHING, vma.start, vma.end, this.scratch);
    const written = this.scratch.toRuns();
    this.addPresent(vma, present);
    for (let i = 0; i < written.length; i += 2) {
      const start = written[i];
      present.forEachRun(start, start + written[i + 1], (from, to) => this.by.carry.add(from, to));
    }
    return 0;
  }

  private arm(vma: MapsVma): void {
    const query = isShared(vma) ? SHARED_TOUCHED : PRIVATE_FILE_WRITTEN;
    this.by.pagemap.protect(query, vma.start, vma.end, this.scratch);
    if (isShared(vma)) this.by.carry.remove(vma.start, vma.end);
  }

  private registerRange(vma: MapsVma): number {
    const errno = this.by.userfault.register(vma.start, vma.end);
    if (errno === -ERRNO.ENOMEM && !this.by.alive()) throw say.programGone();
    return errno;
  }

  private addPresent(vma: MapsVma, pages: PageBitmap): void {
    this.scratch.clear();
    this.by.pagemap.scan(PRESENT_PAGES, 0, vma.start, vma.end, this.scratch);
    for (let i = 0; i < this.scratch.count; i++) pages.add(this.scratch.start(i), this.scratch.end(i));
  }
}

function against(kind: StandingKind, untracked: string): Admission {
  return { tracked: false, untracked, standing: { kind } };
}
