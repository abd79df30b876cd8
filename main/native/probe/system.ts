import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { missing, present, type Finding } from './finding.ts';

/** The contents of a small text file of the system, or null. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return null;
  }
}

/** Oldest kernel on which running programs can be tracked exactly. */
const EXACT = [6, 7] as const;

/** A release as "6.18.44-foo": whether it is at least `major.minor`. */
export function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [first = 0, second = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return first > major || (first === major && second >= minor);
}

/** Kernel defects that affect write-protection, and the first release without them; all came before 6.7. */
const DEFECTS = [
  {
    fixed: [6, 8, 10],
    what: 'CVE-2024-36943 (PAGEMAP_SCAN may lose the young or dirty bit of a page that it protects)',
  },
  {
    fixed: [6, 12, 11],
    what: 'CVE-2025-21696 (mremap moves page table entries without removing their write-protection)',
  },
] as const;

/**
 * Known defects of kernel `version` that affect write-protection; empty if none.
 * Distributions may have fixed it under an older number.
 */
export function kernelDefects(version: string = release()): string[] {
  const numbers = version.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);
  if (!atLeast(version, EXACT)) return [];
  return DEFECTS.filter(({ fixed }) => {
    const index = fixed.findIndex((part, i) => (numbers[i] ?? 0) !== part);
    return index >= 0 && (numbers[index] ?? 0) < fixed[index];
  }).map(({ what }) => what);
}

/** Reported by its number; capabilities are tested, not derived. */
export function probeKernel(version: string = release()): Finding {
  const evidence = `Linux ${version}.`;
  if (atLeast(version, EXACT)) {
    const has = 'Has PAGEMAP_SCAN and asynchronous write-protection, if they were built in.';
    const defects = kernelDefects(version);
    if (defects.length === 0) return present(evidence, has);
    return {
      ...present(
        evidence,
        `${has} Warning: unless your distribution fixed them, it has ${defects.join('; ')}.`,
      ),
      remedy: 'Update the kernel to 6.12.11 or later, or use --backend soft-dirty or compare.',
    };
  }
  return missing(
    evidence,
    'Older than 6.7: without PAGEMAP_SCAN writes cannot be read and cleared in one step.',
    'Use Linux 6.7 or later for exact tracking.',
  );
}

/** `/proc/swaps`: a headline, then a line for each swap area. */
export function probeSwap(text: string | null = readText('/proc/swaps')): Finding {
  const areas = (text ?? '').split('\n').slice(1).filter(Boolean);
  if (areas.length === 0) return missing('/proc/swaps lists none.', 'No page will be shown as swapped.', '');
  const names = areas.map((line) => line.split(/\s+/)[0]).join(', ');
  return present(
    `/proc/swaps lists ${names}.`,
    'Pages can be swapped out; a swapped page keeps its written state.',
  );
}

/** The setting in brackets: `always [madvise] never`. */
export function probeHugePages(
  text: string | null = readText('/sys/kernel/mm/transparent_hugepage/enabled'),
): Finding {
  const setting = /\[(\w+)\]/.exec(text ?? '')?.[1];
  if (setting === undefined) {
    return missing(
      'There is no setting for huge pages.',
      'The kernel has none (CONFIG_TRANSPARENT_HUGEPAGE).',
      '',
    );
  }
  const evidence = `transparent_hugepage/enabled is ${setting}.`;
  if (setting === 'never') return missing(evidence, 'Programs get pages of 4 KiB only.', '');
  return present(
    evidence,
    `${setting === 'always' ? 'Programs get' : 'Programs that request them get'} huge pages; the first write to a ` +
      'protected one splits it.',
  );
}
