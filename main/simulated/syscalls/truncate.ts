import type { MmStruct } from '../mm/mm-struct.ts';
import { zapRange } from '../mapping/zap.ts';

/** ftruncate() of the memfd: pages beyond the new end leave the cache and lose their entries; then SIGBUS. */
export function truncateFile({ memory, mmlist }: MmStruct, pages: number): void {
  const { file } = memory;
  for (const mm of mmlist) {
    for (const vma of mm.vmas.all()) {
      if (vma.object !== file) continue;
      const start = Math.max(vma.start, vma.start + (pages - vma.pgoff));
      if (start < vma.end) zapRange(mm, vma, start, vma.end);
    }
  }
  for (const [from, to] of file.cachedRuns(pages, Infinity)) {
    for (let pgoff = from; pgoff < to; pgoff++) {
      file.setCached(pgoff, false);
      // A huge page across the new end is split.
      file.setHuge(pgoff, false);
    }
  }
  file.resize(pages);
}
