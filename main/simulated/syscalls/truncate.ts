import type { Machine } from '../machine.ts';
import { zapRange } from '../mapping/zap.ts';

/** ftruncate() of the memfd: pages beyond the new end leave the cache and lose their entries; then SIGBUS. */
export function truncateFile(machine: Machine, pages: number): void {
  const { file } = machine;
  for (const process of machine.processes) {
    for (const vma of process.vmas.all()) {
      if (vma.object !== file) continue;
      const start = Math.max(vma.start, vma.start + (pages - vma.pgoff));
      if (start < vma.end) zapRange(process, vma, start, vma.end);
    }
  }
  for (const [from, to] of file.cachedRuns(pages, Infinity)) {
    for (let pgoff = from; pgoff < to; pgoff++) {
      file.setCached(pgoff, false);
      // A huge page that the new end lies in is divided.
      file.setHuge(pgoff, false);
    }
  }
  file.resize(pages);
}
