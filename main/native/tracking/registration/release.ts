import type { Vma } from '#shared/memory/vma.ts';
import { overVmas } from '../../backends/over-vmas.ts';
import { ERRNO } from '../../syscalls/constants.ts';
import type { RegionList } from '../region-list.ts';
import type { Userfault } from '../userfault.ts';
import type { Occupancy } from './occupancy.ts';
import { Pace } from './pace.ts';
import { pieceEnd } from './pieces.ts';

/**
 * Unregisters `vmas`, which are ours, in pieces; yields after each. Closing the descriptor would do it too, but in one
 * step, with the program's mmap_lock held throughout. A piece that fails (another mapping is there now, or the program
 * has as many VMAs as it may have) is left to that. A VMA is cut only while this runs: its parts merge again.
 */
export function* releaseInPieces(
  vmas: readonly Vma[],
  userfault: Userfault,
  occupancy: Occupancy,
): Generator<void, void> {
  const pace = new Pace();
  for (let at = 0; at < vmas.length;) {
    // Adjacent VMAs are one call, up to the limit.
    let last = at;
    while (last + 1 < vmas.length && vmas[last + 1].start === vmas[last].end && last - at < pace.vmas) last++;
    const end = vmas[last].end;
    for (let start = vmas[at].start; start < end;) {
      const piece = pieceEnd(start, end, vmas, occupancy, pace);
      const begin = performance.now();
      userfault.unregister(start, piece);
      pace.note(performance.now() - begin, piece < end);
      yield;
      start = piece;
    }
    at = last + 1;
  }
}

/** Unregisters our part of `registered`. Returns whether none of it is still ours. */
export function releaseRest(registered: RegionList, vmas: readonly Vma[], userfault: Userfault): boolean {
  let released = true;
  const unknown = overVmas(registered, vmas, (_vma, start, end) => {
    // Checked first: kernels before 6.16 also remove the registration of another userfaultfd.
    const errno = userfault.register(start, end);
    released &&= errno === -ERRNO.EBUSY || (errno === 0 && userfault.unregister(start, end) === 0);
  });
  return released && unknown === 0;
}
