import { HugeTiles } from '#shared/memory/huge-tiles.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import type { WriteTracker } from '../backends/write-tracker.ts';
import { PAGE_IS } from '../syscalls/constants.ts';
import type { RegionList } from '../tracking/region-list.ts';
import { HugePageRestorer } from './restore-huge.ts';

/** Huge pages of a program that were armed: write-protection splits them at the next write. */
export class ArmedHuge {
  private readonly tiles = new HugeTiles();

  /** Huge pages that were split so far. */
  get splitCount(): number {
    return this.tiles.splitCount;
  }

  /** Records the huge pages of a report of the tracker. */
  note(list: RegionList): void {
    const { tiles } = this;
    const any = list.hasAny(PAGE_IS.HUGE);
    if (!any && tiles.seen.size === 0) return;
    for (let i = 0; i < list.count; i++) {
      if ((list.categories(i) & PAGE_IS.HUGE) !== 0) tiles.note(list.start(i), list.end(i));
      else tiles.noteSmall(list.start(i), list.end(i));
    }
  }

  /** Takes over those that the tracker armed when it registered their mapping. */
  takeArmed({ armedHuge }: WriteTracker): void {
    if (armedHuge === undefined || armedHuge.count === 0) return;
    this.note(armedHuge);
    armedHuge.clear();
  }

  /** Tiles that were huge pages and were split before this source was opened. */
  expect(tiles: readonly number[]): void {
    for (const tile of tiles) {
      this.tiles.note(tile * PAGES_PER_TILE, (tile + 1) * PAGES_PER_TILE);
      this.tiles.noteSmall(tile * PAGES_PER_TILE, (tile + 1) * PAGES_PER_TILE);
    }
  }

  /** Sets the planes of huge and split pages. */
  mark(tiles: TileSet): void {
    this.tiles.mark(tiles);
  }

  /**
   * What restores them after detaching, once `tracker` is closed; null if there was no huge page, or the address space
   * is no longer the tracker's. The caller closes it.
   */
  restorer(pid: number, tracker: WriteTracker): HugePageRestorer | null {
    const { seen } = this.tiles;
    if (seen.size === 0) return null;
    const restorer = HugePageRestorer.of(pid, seen);
    // The same address space as the tracker's, if that is alive after the restorer opened its own.
    if (tracker.alive()) return restorer;
    restorer?.close();
    return null;
  }
}
