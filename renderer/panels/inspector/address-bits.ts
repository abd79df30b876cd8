import { PAGE_SHIFT } from '#shared/memory/page.ts';
import type { PageWalk, WalkLevel, WalkStep } from '#shared/source/page-walk.ts';

const INDEX_BITS = 9;
const FOUR_LEVELS: readonly WalkLevel[] = ['PGD', 'PUD', 'PMD', 'PTE'];
const FIVE_LEVELS: readonly WalkLevel[] = ['PGD', 'P4D', 'PUD', 'PMD', 'PTE'];

/** One level of the split of an address (x86-64). */
export interface LevelBits {
  readonly level: WalkLevel;
  /** Bits of the address that index its table: from `high` down to `low`. */
  readonly high: number;
  readonly low: number;
  readonly index: number;
  /** The index in binary, nine digits. */
  readonly binary: string;
  /** What the walk found there; null if it ended above. */
  readonly step: WalkStep | null;
}

/** The levels that an address is split into, from the top, with what the walk found at each. */
export function levelBits(walk: Pick<PageWalk, 'page' | 'steps'>): LevelBits[] {
  const levels = walk.steps.some(({ level }) => level === 'P4D') ? FIVE_LEVELS : FOUR_LEVELS;
  return levels.map((level, i) => {
    const below = levels.length - 1 - i;
    const low = PAGE_SHIFT + INDEX_BITS * below;
    const index = Math.floor(walk.page / 2 ** (INDEX_BITS * below)) % 512;
    return {
      level,
      low,
      high: low + INDEX_BITS - 1,
      index,
      binary: index.toString(2).padStart(INDEX_BITS, '0'),
      step: walk.steps.find((step) => step.level === level) ?? null,
    };
  });
}

/** An entry in hexadecimal digits, in groups of four that a line can break between; leading zeros are left out. */
export function entryText(entry: bigint): string {
  return `0x${entry.toString(16).replace(/\B(?=(.{4})+$)/g, ' ')}`;
}

/** Where an entry leads, in words. @param brief as a table's column has room for */
export function targetText({ step }: LevelBits, next: WalkLevel | null, brief = false): string {
  switch (step?.target) {
    case undefined:
      return 'not reached';
    case 'table':
      return brief ? `→ ${next ?? 'page'}` : `→ ${next ?? 'page'} table`;
    case 'page':
      return brief ? '→ 4 KiB' : '→ page of 4 KiB';
    case 'huge-page':
      return brief ? '→ 2 MiB' : '→ huge page of 2 MiB';
    case 'swap':
      return 'swap entry';
    case 'marker':
      return 'marker, no page';
    case 'nothing':
      return 'empty';
    case 'unknown':
      return 'not readable';
  }
}
