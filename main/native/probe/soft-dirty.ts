import { writeFileSync } from 'node:fs';
import { errorCode } from '../../error-code.ts';
import { missing, present, type Finding } from './finding.ts';
import { OwnPages } from './own-pages.ts';

const SOFT_DIRTY = 1n << 55n;

const marked = (entry: bigint) => (entry & SOFT_DIRTY) !== 0n;
const bitOf = (entry: bigint) => `bit 55 is ${marked(entry) ? 1 : 0} (pagemap entry 0x${entry.toString(16)})`;

/**
 * Soft-dirty is reported only when a page that was just written has the bit: without CONFIG_MEM_SOFT_DIRTY scans and
 * clear_refs succeed nevertheless.
 */
export function probeSoftDirty(): Finding {
  return OwnPages.with(1, (pages) => {
    pages.write(0);
    const entry = pages.entry(0);
    const evidence = `A freshly written page of the inspector: ${bitOf(entry)}.`;
    if (marked(entry)) {
      return present(evidence, 'The kernel records in the page table which pages were written.');
    }
    return missing(
      evidence,
      'The kernel does not keep soft-dirty bits: it was built without CONFIG_MEM_SOFT_DIRTY.',
      'Boot a kernel that has it, such as those of Debian and Ubuntu for x86-64.',
    );
  });
}

/** clear_refs is reported only when it clears the bit of a page of our own, and a write sets it again. */
export function probeClearRefs(softDirty: boolean): Finding {
  return OwnPages.with(2, (pages) => {
    pages.write(0);
    pages.write(1);
    try {
      writeFileSync('/proc/self/clear_refs', '4');
    } catch (cause) {
      return missing(
        `Writing "4" to the inspector's own clear_refs failed: ${errorCode(cause)}.`,
        'The bits cannot be cleared, so new writes cannot be distinguished from earlier ones.',
        'Allow writing to /proc/PID/clear_refs (container policy).',
      );
    }
    if (!softDirty) {
      return missing(
        'Writing "4" to the inspector’s own clear_refs was accepted, as it is by kernels without soft-dirty.',
        'There are no soft-dirty bits to clear.',
        'Boot a kernel with CONFIG_MEM_SOFT_DIRTY.',
      );
    }
    const cleared = pages.entry(0);
    pages.write(1);
    const [still, again] = [pages.entry(0), pages.entry(1)];
    const evidence = `After "4" to the inspector's own clear_refs: ${bitOf(cleared)}; written again: ${bitOf(again)}.`;
    if (!marked(cleared) && !marked(still) && marked(again)) {
      return present(evidence, 'Clears the soft-dirty bits of a whole process; later writes set them again.');
    }
    return missing(evidence, 'The bits do not show writes after a clear.', 'Use another backend.');
  });
}
