import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { FrameListener, FrameStore } from '../../data/frame-store.ts';
import { maxTimes, orEvents, orPlanes, orTilePlanes, ROW_PAGES, ROW_WORDS } from './packed-row.ts';

/** Tiles that a node joins, as a power of two: a page table's level (512) is three steps of 8. */
const STEP_SHIFT = 3;
/** Steps above the tile: the highest joins 8^6 tiles = 512 GiB. */
export const TOP_LEVEL = 6;

/** The tiles below joined: the OR of each plane and the latest time, column by column. */
export interface LevelNode {
  readonly planes: Uint32Array;
  /** Null if no page below was ever written. */
  times: Uint32Array | null;
}

interface Entry {
  /** Clock of the last change below. */
  changed: number;
  /** Clock at which `node` was made; 0: not yet. */
  made: number;
  node: LevelNode | null;
}

/**
 * Level of detail over the known tiles, level by level of the page table in three steps each. Nodes are made when
 * they are needed, from their eight children, and only again where something below has changed; a hole has none.
 * As each is an OR, no written page is ever lost by looking from farther away.
 */
export class Levels implements FrameListener {
  private readonly frames: FrameStore;
  /** Level 1 … TOP_LEVEL; index 0 is not used. */
  private readonly levels: Map<number, Entry>[] = [];
  private joined: Uint32Array | null = null;
  private readonly leaf: LevelNode = { planes: new Uint32Array(ROW_WORDS), times: null };

  constructor(frames: FrameStore) {
    this.frames = frames;
    this.reset();
  }

  reset(): void {
    this.levels.length = 0;
    for (let level = 0; level <= TOP_LEVEL; level++) this.levels.push(new Map());
  }

  applied(slots: readonly number[]): void {
    const { clock, tiles } = this.frames.table;
    for (const slot of slots) {
      let index = tiles[slot] ?? 0;
      for (let level = 1; level <= TOP_LEVEL; level++) {
        index = Math.floor(index / 2 ** STEP_SHIFT);
        const entries = this.levels[level];
        const entry = entries?.get(index);
        if (entry?.changed === clock) break;
        if (entry) entry.changed = clock;
        else entries?.set(index, { changed: clock, made: 0, node: null });
      }
    }
  }

  /**
   * The node that joins tiles `index` * 8^level … ; null if nothing is known below. Valid until the next frame;
   * one of level 0 until the next call.
   */
  node(level: number, index: number): LevelNode | null {
    if (level === 0) return this.tile(index);
    const entry = this.levels[level]?.get(index);
    if (!entry) return null;
    if (entry.node && entry.made >= entry.changed) return entry.node;
    const node = entry.node ?? { planes: new Uint32Array(ROW_WORDS), times: null };
    node.planes.fill(0);
    node.times?.fill(0);
    this.joined = null;
    for (let child = 0; child < 2 ** STEP_SHIFT; child++) {
      const below = index * 2 ** STEP_SHIFT + child;
      if (level === 1) this.joinLeaf(below, node);
      else join(this.node(level - 1, below), node);
    }
    entry.node = node;
    entry.made = this.frames.table.clock;
    return node;
  }

  /** ORs columns `from` … `to` - 1 of `tile` into packed planes, and takes the later of both times. */
  joinTile(
    tile: number,
    planes: Uint32Array,
    planesAt: number,
    times: Uint32Array,
    timesAt: number,
    from: number,
    to: number,
  ): void {
    const { table, tiles, events } = this.frames;
    const known = tiles.find(tile);
    if (known >= 0) orTilePlanes(tiles, known, planes, planesAt, from, to);
    const slot = table.find(tile);
    orEvents(events.of(slot), planes, planesAt, from, to);
    const row = this.frames.mapTimes(slot);
    if (row) maxTimes(row, 0, times, timesAt, from, to);
  }

  private joinLeaf(tile: number, into: LevelNode): void {
    const { table, tiles, events } = this.frames;
    const slot = table.find(tile);
    if (slot < 0) return;
    orEvents(events.of(slot), into.planes, 0);
    const times = this.frames.mapTimes(slot);
    // Tiles that were written whole at one time share a row: once is enough.
    if (times && into !== this.leaf && times !== this.joined) {
      into.times ??= new Uint32Array(ROW_PAGES);
      maxTimes(times, 0, into.times, 0, 0, ROW_PAGES);
      this.joined = times;
    }
    const known = tiles.find(tile);
    if (known < 0) return;
    orTilePlanes(tiles, known, into.planes, 0, 0, PAGES_PER_TILE);
  }

  private tile(tile: number): LevelNode | null {
    const { table } = this.frames;
    const slot = table.find(tile);
    if (slot < 0) return null;
    const { leaf } = this;
    leaf.planes.fill(0);
    this.joinLeaf(tile, leaf);
    leaf.times = this.frames.mapTimes(slot);
    return leaf;
  }
}

function join(from: LevelNode | null, into: LevelNode): void {
  if (!from) return;
  orPlanes(from.planes, 0, into.planes, 0, 0, PAGES_PER_TILE);
  if (!from.times) return;
  into.times ??= new Uint32Array(ROW_PAGES);
  maxTimes(from.times, 0, into.times, 0, 0, ROW_PAGES);
}

/** Tiles that a node of `level` joins. */
export const tilesPerNode = (level: number): number => 2 ** (STEP_SHIFT * level);
