import type { Palette } from '../palette.ts';
import { PATTERN_LINES } from '../styles.ts';
import type { RowBank, RowBatch } from '../../rows/row-batch.ts';
import type { Scene } from '../scene.ts';

/** The rows of a picture, as columns of numbers. */
class PaintedRows {
  count = -1;
  /** Pixels of the map above the view. */
  above = 0;
  y = new Int32Array(0);
  height = new Int32Array(0);
  from = new Uint16Array(0);
  to = new Uint16Array(0);
  slot = new Int32Array(0);
  flags = new Uint8Array(0);
  version = new Float64Array(0);
  /** Engine time from which on the row looks older, and at which it was painted. */
  due = new Float64Array(0);
  at = new Float64Array(0);
  /** 1: it has a pattern, so that its pixels depend on its place in the map. */
  patterns = new Uint8Array(0);
  /** First row of a slot, made when it is asked for. */
  private bySlot: Map<number, number> | null = null;

  take({ count, y, height, from, to }: RowBatch, above: number): void {
    const room = y.length;
    if (room > this.y.length) {
      this.y = new Int32Array(room);
      this.height = new Int32Array(room);
      this.from = new Uint16Array(room);
      this.to = new Uint16Array(room);
      this.slot = new Int32Array(room);
      this.flags = new Uint8Array(room);
      this.version = new Float64Array(room);
      this.due = new Float64Array(room);
      this.at = new Float64Array(room);
      this.patterns = new Uint8Array(room);
    }
    this.count = count;
    this.above = above;
    this.y.set(y.subarray(0, count));
    this.height.set(height.subarray(0, count));
    this.from.set(from.subarray(0, count));
    this.to.set(to.subarray(0, count));
    this.slot.fill(-1, 0, count);
    this.bySlot = null;
  }

  /** Index of the first row of `slot`, or -1. */
  firstOf(slot: number): number {
    if (!this.bySlot) {
      this.bySlot = new Map();
      for (let i = this.count - 1; i >= 0; i--) this.bySlot.set(this.slot[i] ?? -1, i);
    }
    return slot < 0 ? -1 : (this.bySlot.get(slot) ?? -1);
  }

  copy(from: PaintedRows, i: number, into: number): void {
    this.slot[into] = from.slot[i] ?? -1;
    this.flags[into] = from.flags[i] ?? 0;
    this.version[into] = from.version[i] ?? -1;
    this.due[into] = from.due[i] ?? 0;
    this.at[into] = from.at[i] ?? 0;
    this.patterns[into] = from.patterns[i] ?? 0;
  }
}

/**
 * What a painter that keeps its picture has painted: which rows of the next scene are there already, and which were
 * elsewhere before the view moved.
 */
export class RowDiff {
  private now = new PaintedRows();
  private before = new PaintedRows();
  private columns: Uint32Array | null = null;
  private palette: Palette | null = null;
  private bank: RowBank | null = null;
  private generation = -1;
  private hold = false;
  private time = 0;

  /** Whether rows look the same at any position: same colours, columns and meaning of slots. */
  isSameStyle({ columns, palette, bank, hold, now }: Scene): boolean {
    return (
      columns === this.columns &&
      palette === this.palette &&
      bank === this.bank &&
      bank.generation === this.generation &&
      hold === this.hold &&
      now >= this.time
    );
  }

  /** Whether, besides, every row is where it was, so that rows can be painted one by one. */
  isSameView(scene: Scene): boolean {
    const { rows } = scene;
    const { now } = this;
    if (rows.count !== now.count || scene.above !== now.above || !this.isSameStyle(scene)) return false;
    for (let i = 0; i < rows.count; i++) {
      if (
        rows.y[i] !== now.y[i] ||
        rows.height[i] !== now.height[i] ||
        rows.from[i] !== now.from[i] ||
        rows.to[i] !== now.to[i]
      ) {
        return false;
      }
    }
    this.time = scene.now;
    return true;
  }

  /** Takes the scene's view as the one that is painted now; the last one is where rows may be copied from. */
  adopt(scene: Scene): void {
    [this.now, this.before] = [this.before, this.now];
    this.now.take(scene.rows, scene.above);
    this.columns = scene.columns;
    this.palette = scene.palette;
    this.bank = scene.bank;
    this.generation = scene.bank.generation;
    this.hold = scene.hold;
    this.time = scene.now;
  }

  /** Whether any of rows `first` … `end` - 1 looks different from what was painted there. */
  isStale(scene: Scene, first: number, end: number): boolean {
    for (let i = first; i < end; i++) if (!isCurrent(scene, i, this.now, i)) return true;
    return false;
  }

  /** Top of rows `first` … `end` - 1 before the view moved; null if they are to be painted. */
  placeBefore(scene: Scene, first: number, end: number): number | null {
    const { rows } = scene;
    const { before, now } = this;
    const old = before.firstOf(rows.slot[first] ?? -1);
    if (old < 0) return null;
    const top = before.y[old] ?? 0;
    // Lines by which they moved in the map.
    const shift = (rows.y[first] ?? 0) + now.above - top - before.above;
    for (let i = first, was = old; i < end; i++, was++) {
      if (
        was >= before.count ||
        before.y[was] !== top ||
        before.height[was] !== rows.height[i] ||
        before.from[was] !== rows.from[i] ||
        before.to[was] !== rows.to[i] ||
        (before.patterns[was] === 1 && shift % PATTERN_LINES !== 0) ||
        !isCurrent(scene, i, before, was)
      ) {
        return null;
      }
    }
    for (let i = first, was = old; i < end; i++, was++) now.copy(before, was, i);
    return top;
  }

  /** Notes that rows `first` … `end` - 1 were painted, and look the same until engine time `due`. */
  painted({ rows, bank, now }: Scene, first: number, end: number, due: number, patterns: boolean): void {
    for (let i = first; i < end; i++) {
      const slot = rows.slot[i] ?? -1;
      this.now.slot[i] = slot;
      this.now.flags[i] = rows.flags[i] ?? 0;
      this.now.version[i] = slot < 0 ? -1 : bank.version(slot);
      this.now.due[i] = due;
      this.now.at[i] = now;
      this.now.patterns[i] = patterns ? 1 : 0;
    }
  }
}

/** Whether row `i` of the scene looks as row `was` of what was painted. */
function isCurrent(
  { rows, bank, now, patience }: Scene,
  i: number,
  painted: PaintedRows,
  was: number,
): boolean {
  const slot = rows.slot[i] ?? -1;
  if (slot !== painted.slot[was] || rows.flags[i] !== painted.flags[was]) return false;
  if (slot < 0) return true;
  if (bank.version(slot) !== painted.version[was]) return false;
  return (painted.due[was] ?? 0) > now || now - (painted.at[was] ?? 0) < patience;
}
