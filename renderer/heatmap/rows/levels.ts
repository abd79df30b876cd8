import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import type { FrameListener, FrameStore } from '../../data/frame-store.ts';
import {
  maxTimes,
  orEvents,
  orPlanes,
  orTilePlanes,
  packPlanes,
  ROW_PAGES,
  ROW_WORDS,
} from './packed-row.ts';

/**
 * Nodes, or tiles, of which a node is made, as a power of two. With four a strip is joined of at most five; more would
 * save memory, and fewer cost as much memory as the tiles themselves.
 */
const STEP_SHIFT = 2;
const CHILDREN = 1 << STEP_SHIFT;
/** Steps above the tile: the highest joins 4^9 tiles = 512 GiB. */
export const TOP_LEVEL = 9;

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
  /** Clocks at which its times last became later, and anything else. */
  raised: number;
  lowered: number;
  node: LevelNode | null;
}

/**
 * Level of detail over the known tiles, in steps of four. Nodes are made when
 * they are needed, from their four children, and only again where something below has changed; a hole has none.
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
        index = Math.floor(index / CHILDREN);
        const entries = this.levels[level];
        const entry = entries?.get(index);
        if (entry?.changed === clock) break;
        if (entry) entry.changed = clock;
        else entries?.set(index, { changed: clock, made: 0, raised: 0, lowered: 0, node: null });
      }
    }
  }

  /**
   * The node that joins tiles `index` * 4^level … ; null if nothing is known below. Valid until the next frame;
   * one of level 0 until the next call.
   */
  node(level: number, index: number): LevelNode | null {
    if (level === 0) return this.tile(index);
    const entry = this.levels[level]?.get(index);
    if (!entry) return null;
    if (entry.node && entry.made >= entry.changed) return entry.node;
    const node = (entry.node ??= { planes: new Uint32Array(ROW_WORDS), times: null });
    const { clock } = this.frames.table;
    const first = index * CHILDREN;
    node.planes.fill(0);
    this.joined = null;
    // Times that only became later are joined into those that are there; all of them are read if one did not.
    const since = this.haveFallen(level, first, entry.made) ? 0 : entry.made;
    if (since === 0) {
      node.times?.fill(0);
      entry.lowered = clock;
    }
    for (let below = first; below < first + CHILDREN; below++) {
      const risen =
        level === 1 ? this.joinLeaf(below, node, since) : this.join(level - 1, below, node, since);
      if (risen) entry.raised = clock;
    }
    entry.made = clock;
    return node;
  }

  /** Whether times of one of the nodes from `first` on of the level below `level` became earlier after clock `made`. */
  private haveFallen(level: number, first: number, made: number): boolean {
    if (made === 0) return true;
    const { table } = this.frames;
    for (let below = first; below < first + CHILDREN; below++) {
      // Bringing the node up to date shows whether its times fell.
      if (level > 1) this.node(level - 1, below);
      const lowered =
        level === 1 ? table.lowered[table.find(below)] : this.levels[level - 1]?.get(below)?.lowered;
      if ((lowered ?? 0) > made) return true;
    }
    return false;
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

  /** Joins a tile; of its times those that became later after clock `since`. @returns whether there were any */
  private joinLeaf(tile: number, into: LevelNode, since: number): boolean {
    const { table, tiles, events } = this.frames;
    const slot = table.find(tile);
    if (slot < 0) return false;
    orEvents(events.of(slot), into.planes, 0);
    const known = tiles.find(tile);
    if (known >= 0) orTilePlanes(tiles, known, into.planes, 0, 0, PAGES_PER_TILE);
    const times = since === 0 || (table.raised[slot] ?? 0) > since ? this.frames.mapTimes(slot) : null;
    // Tiles that were written whole at one time share a row: once is enough.
    if (times && times !== this.joined) raise(into, times);
    this.joined = times ?? this.joined;
    return times !== null;
  }

  /** Like `joinLeaf`, for a node. */
  private join(level: number, index: number, into: LevelNode, since: number): boolean {
    const from = this.node(level, index);
    if (!from) return false;
    orPlanes(from.planes, 0, into.planes, 0, 0, PAGES_PER_TILE);
    const raised = this.levels[level]?.get(index)?.raised ?? 0;
    if (!from.times || (since !== 0 && raised <= since)) return false;
    raise(into, from.times);
    return true;
  }

  private tile(tile: number): LevelNode | null {
    const { table, tiles, events } = this.frames;
    const slot = table.find(tile);
    if (slot < 0) return null;
    const { leaf } = this;
    const known = tiles.find(tile);
    if (known < 0) leaf.planes.fill(0);
    else packPlanes(tiles, known, leaf.planes, 0);
    orEvents(events.of(slot), leaf.planes, 0);
    leaf.times = this.frames.mapTimes(slot);
    return leaf;
  }
}

function raise(into: LevelNode, times: Uint32Array): void {
  into.times ??= new Uint32Array(ROW_PAGES);
  maxTimes(times, 0, into.times, 0, 0, ROW_PAGES);
}

/** Tiles that a node of `level` joins. */
export const tilesPerNode = (level: number): number => 1 << (STEP_SHIFT * level);
