import { HugeTiles } from '#shared/memory/huge-tiles.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import type { Region } from '../workloads/region.ts';
import { readPlanes } from './planes.ts';
import { VmaViews } from './vma-view.ts';

/** Reads an address space as a sample has it: VMAs and planes. */
export class MemoryReader {
  private readonly mm: MmStruct;
  private readonly views: VmaViews;
  /** Null: split huge pages are not marked. */
  private readonly hugeTiles: HugeTiles | null;

  /**
   * @param regions give the VMAs their names; read at each call
   * @param marksSplit whether huge pages that were split are marked in the planes
   */
  constructor(mm: MmStruct, regions: readonly Region[], marksSplit = true) {
    this.mm = mm;
    this.hugeTiles = marksSplit ? new HugeTiles() : null;
    this.views = new VmaViews(mm, regions);
  }

  /**
   * @param tiles empty; filled
   * @param state whether to read the state planes too
   * @returns the same array while nothing changes
   */
  read(tiles: TileSet, state: boolean): readonly Vma[] {
    const vmas = this.views.read();
    readPlanes(this.mm, tiles, state);
    if (state) this.hugeTiles?.mark(tiles);
    return vmas;
  }
}
