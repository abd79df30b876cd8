import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import { PAGE_IS, PAGE_WAS } from './syscalls/constants.ts';
import type { RegionList } from './tracking/region-list.ts';

/** Which plane each category of a page belongs to. */
type CategoryPlanes = readonly (readonly [category: number, plane: Plane])[];

/** Planes of events. What counts as written only because its VMA is new is Fresh too. */
export const WRITTEN_PLANES: CategoryPlanes = [
  [PAGE_IS.WRITTEN, Plane.Written],
  [PAGE_IS.SOFT_DIRTY, Plane.Written],
  [PAGE_IS.SOFT_DIRTY, Plane.Fresh],
  [PAGE_WAS.TOUCHED, Plane.Touched],
  [PAGE_WAS.HOT, Plane.Hot],
  [PAGE_WAS.GONE, Plane.Gone],
];

/** Plane of what an operation clears and does not count. */
export const TOUCHED_PLANE: CategoryPlanes = [[PAGE_WAS.TOUCHED, Plane.Touched]];

/** Planes of a page's state. */
export const STATE_PLANES: CategoryPlanes = [
  [PAGE_IS.PRESENT, Plane.Present],
  [PAGE_IS.SWAPPED, Plane.Swapped],
  [PAGE_IS.HUGE, Plane.Huge],
  [PAGE_IS.PFNZERO, Plane.Zero],
  [PAGE_IS.GUARD, Plane.Guard],
];

/** Sets the planes of the regions in `list`. */
export function fill(tiles: TileSet, list: RegionList, planes: CategoryPlanes): void {
  // Most samples have one or two kinds of regions, and a region is mostly a page or two.
  let known = -1;
  let found: readonly Plane[] = [];
  for (let i = 0; i < list.count; i++) {
    const categories = list.categories(i);
    if (categories !== known) {
      known = categories;
      found = planesOf(categories, planes);
    }
    if (found.length === 0) continue;
    const from = list.position(i);
    const to = from + list.length(i);
    for (let k = 0; k < found.length; k++) {
      if (to <= PAGES_PER_TILE) tiles.setPart(found[k], list.tile(i), from, to);
      else tiles.setRun(found[k], list.start(i), list.end(i));
    }
  }
}

/** The planes of `categories`, each once. */
function planesOf(categories: number, planes: CategoryPlanes): readonly Plane[] {
  const found = new Set<Plane>();
  for (const [category, plane] of planes) if ((categories & category) !== 0) found.add(plane);
  return [...found];
}
