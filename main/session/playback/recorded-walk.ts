import { testBit } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { findVma, type Vma } from '#shared/memory/vma.ts';
import { type PageWalk, splitAddress, type WrittenCause } from '#shared/source/page-walk.ts';
import type { SampleMode } from '#shared/source/source.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';

interface RecordedPicture {
  readonly vmas: readonly Vma[];
  readonly state: { readonly tiles: TileSet; readonly mode: SampleMode };
}

/**
 * What a recording knows of a page whose page tables are not in it: the address is split, and the last entry has the flags
 * that follow from what was recorded.
 */
export function recordedWalk(page: number, { vmas, state }: RecordedPicture, simulated: boolean): PageWalk {
  const { tiles, mode } = state;
  const slot = tiles.find(tileOfPage(page));
  const has = (plane: Plane): boolean =>
    slot >= 0 && testBit(tiles.words, tiles.offset(slot, plane), page % PAGES_PER_TILE);
  const vma = vmas[findVma(vmas, page)];
  return {
    page,
    steps: splitAddress(page, has(Plane.Huge) ? 'PMD' : 'PTE', bitsOf(has)),
    pagemap: null,
    reason: reasonOf(vma, has, mode),
    causes: vma?.tracked ? causesOf(vma, has, mode, simulated) : [],
    events: null,
  };
}

function bitsOf(has: (plane: Plane) => boolean): string[] {
  const bits = [
    [has(Plane.Present), 'P'],
    [has(Plane.Swapped), 'SWAP'],
    [has(Plane.Huge), 'PS'],
    [has(Plane.Guard), 'GUARD'],
  ] as const;
  return bits.filter(([on]) => on).map(([, name]) => name);
}

function reasonOf(vma: Vma | undefined, has: (plane: Plane) => boolean, mode: SampleMode): string {
  if (vma === undefined) return 'Nothing is mapped here.';
  if (!vma.tracked) return `Not tracked: ${vma.untracked ?? 'the kernel refused it'}`;
  const since = mode === 'interval' ? 'in the interval that this frame ends' : 'since the last clear';
  if (has(Plane.Fresh))
    return `Counts as written ${since} because its VMA is new or was merged with a new one.`;
  if (has(Plane.Written)) return `Written ${since}.`;
  if (has(Plane.Hot))
    return 'Written in interval after interval, and sampled less often: whether in this one is not known.';
  return `Not written ${since}.`;
}

function causesOf(
  vma: Vma,
  has: (plane: Plane) => boolean,
  mode: SampleMode,
  simulated: boolean,
): WrittenCause[] {
  const [written, fresh, huge] = [has(Plane.Written), has(Plane.Fresh), has(Plane.Huge)];
  const flagsKnown = simulated || vma.flags !== '';
  return [
    {
      title: 'Its own entry, or its huge page',
      holds: written && !fresh,
      counts: true,
      detail: `The recording has that the page was reported as written${mode === 'interval' ? ' in this interval' : ''}, but not which bit in the page tables showed it.`,
    },
    {
      title: 'Its VMA is new',
      holds: fresh || (flagsKnown ? vma.softDirty : null),
      counts: simulated || flagsKnown,
      detail: flagsKnown
        ? 'VM_SOFTDIRTY of the recorded VMA: the mapping is new or was merged with a new one, and every page of it counts.'
        : 'VM_SOFTDIRTY was not read when this was recorded.',
    },
    {
      title: 'Its huge page',
      holds: huge,
      counts: true,
      detail: huge
        ? 'Recorded as a part of a huge page: one PMD entry for 512 pages, so a write to one of them makes all count.'
        : has(Plane.Split)
          ? 'Recorded as a part of a huge page that was split: its bit went to all 512 entries.'
          : 'Not recorded as a part of a huge page.',
    },
    {
      title: 'Moved, or came with a huge page',
      holds: has(Plane.Touched),
      counts: false,
      detail:
        'Recorded as touched, not as written: it appeared since the state was read before, or mremap moved it.',
    },
    {
      title: 'Given back',
      holds: has(Plane.Gone),
      counts: false,
      detail:
        'Recorded as gone: it had a page when the state was read before. The next write brings a new page, which counts.',
    },
  ];
}
