import type { FrameStore } from '../../data/frame-store.ts';
import { orEvents, packPlanes, ROW_PAGES, ROW_WORDS } from './packed-row.ts';
import type { RowBank } from './row-batch.ts';

/** Rows straight from the picture: slot = slot of the tile table. */
export class TileBank implements RowBank {
  readonly kind = 'tiles';
  private readonly frames: FrameStore;

  constructor(frames: FrameStore) {
    this.frames = frames;
  }

  get generation(): number {
    return this.frames.table.generation;
  }

  version(slot: number): number {
    return this.frames.table.versions[slot] ?? 0;
  }

  copy(slot: number, planes: Uint32Array, planesAt: number, times: Uint32Array, timesAt: number): void {
    const { table, tiles, events } = this.frames;
    const known = tiles.find(table.tiles[slot] ?? -1);
    if (known < 0) planes.fill(0, planesAt, planesAt + ROW_WORDS);
    else packPlanes(tiles, known, planes, planesAt);
    orEvents(events.of(slot), planes, planesAt);
    const row = this.frames.mapTimes(slot);
    if (row) times.set(row, timesAt);
    else times.fill(0, timesAt, timesAt + ROW_PAGES);
  }
}
