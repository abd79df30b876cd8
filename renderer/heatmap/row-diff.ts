import type { Palette } from './palette.ts';
import type { RowBank, Scene } from './scene.ts';

/** What a painter that keeps its picture has painted: tells which rows of the next scene it must paint again. */
export class RowDiff {
  private count = -1;
  private y = new Int32Array(0);
  private height = new Int32Array(0);
  private from = new Uint16Array(0);
  private to = new Uint16Array(0);
  private slot = new Int32Array(0);
  private flags = new Uint8Array(0);
  private version = new Float64Array(0);
  /** Engine time from which on the row looks older. */
  private due = new Float64Array(0);
  private columns: Uint32Array | null = null;
  private palette: Palette | null = null;
  private bank: RowBank | null = null;
  private generation = -1;
  private hold = false;
  private now = 0;

  forget(): void {
    this.count = -1;
  }

  /** Whether every row stands where it stood, so that rows can be painted one by one. */
  isSameView(scene: Scene): boolean {
    const { rows, bank } = scene;
    if (
      rows.count !== this.count ||
      scene.columns !== this.columns ||
      scene.palette !== this.palette ||
      bank !== this.bank ||
      bank.generation !== this.generation ||
      scene.hold !== this.hold ||
      scene.now < this.now
    ) {
      return false;
    }
    for (let i = 0; i < rows.count; i++) {
      if (
        rows.y[i] !== this.y[i] ||
        rows.height[i] !== this.height[i] ||
        rows.from[i] !== this.from[i] ||
        rows.to[i] !== this.to[i]
      ) {
        return false;
      }
    }
    this.now = scene.now;
    return true;
  }

  /** Takes the scene as the one that is painted now. */
  adopt(scene: Scene): void {
    const { rows, bank } = scene;
    const { count } = rows;
    if (count > this.y.length) {
      const room = rows.y.length;
      this.y = new Int32Array(room);
      this.height = new Int32Array(room);
      this.from = new Uint16Array(room);
      this.to = new Uint16Array(room);
      this.slot = new Int32Array(room);
      this.flags = new Uint8Array(room);
      this.version = new Float64Array(room);
      this.due = new Float64Array(room);
    }
    this.count = count;
    this.y.set(rows.y.subarray(0, count));
    this.height.set(rows.height.subarray(0, count));
    this.from.set(rows.from.subarray(0, count));
    this.to.set(rows.to.subarray(0, count));
    this.columns = scene.columns;
    this.palette = scene.palette;
    this.bank = bank;
    this.generation = bank.generation;
    this.hold = scene.hold;
    this.now = scene.now;
  }

  /** Whether any of rows `first` … `end` - 1 looks different from what was painted. */
  isStale({ rows, bank, now }: Scene, first: number, end: number): boolean {
    for (let i = first; i < end; i++) {
      const slot = rows.slot[i] ?? -1;
      if (slot !== this.slot[i] || rows.flags[i] !== this.flags[i]) return true;
      if (slot >= 0 && (bank.version(slot) !== this.version[i] || (this.due[i] ?? 0) <= now)) return true;
    }
    return false;
  }

  /** Notes that rows `first` … `end` - 1 were painted, and look the same until engine time `due`. */
  painted({ rows, bank }: Scene, first: number, end: number, due: number): void {
    for (let i = first; i < end; i++) {
      const slot = rows.slot[i] ?? -1;
      this.slot[i] = slot;
      this.flags[i] = rows.flags[i] ?? 0;
      this.version[i] = slot < 0 ? -1 : bank.version(slot);
      this.due[i] = due;
    }
  }
}
