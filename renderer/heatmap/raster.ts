import { HEAT_WINDOW } from './colour-maps.ts';
import { HEAT_STEPS, isPatterned, NOTHING, PATTERN_LINES, patterned, RAMP_AT, RESTING } from './looks.ts';
import { restingRow, STEP_ENDS } from './looks.ts';
import { GROUP_WORDS, ROW_PAGES, ROW_WORDS } from './packed-row.ts';
import { swatchIndex } from './palette.ts';
import { endColumn, firstColumn, isEdge, LINE_FROM, type Scene } from './scene.ts';
import { RowDiff } from './row-diff.ts';

const GROUPS = ROW_PAGES / 32;

/** Lines of the picture that changed: `first` … `end` - 1; rows that were looked at again. */
export interface Painted {
  readonly first: number;
  readonly end: number;
  readonly rows: number;
}

/**
 * Paints scenes into 32-bit pixels (width × height, top down), as the shader does on a graphics card, and keeps them:
 * a row is painted again where its pages changed or are due to look older, everything where the view moved.
 */
export class Raster {
  width = 0;
  height = 0;
  pixels: Uint32Array = new Uint32Array(0);
  private readonly diff = new RowDiff();
  private readonly planes = new Uint32Array(ROW_WORDS);
  private readonly times = new Uint32Array(ROW_PAGES);
  private readonly masks = new Uint8Array(ROW_PAGES);
  /** Looks of a row's pages, and of the pixels of its lines. */
  private readonly pages = new Uint16Array(ROW_PAGES);
  private looks = new Uint16Array(0);
  private flags = new Uint8Array(0);

  /** @param pixels where to paint, of the scene's size; without it, into memory of its own */
  paint(scene: Scene, pixels?: Uint32Array): Painted {
    const { width, height, rows } = scene;
    if (width !== this.width || height !== this.height || (pixels && pixels !== this.pixels)) {
      this.width = width;
      this.height = height;
      this.pixels = pixels ?? new Uint32Array(width * height);
      this.looks = new Uint16Array(width);
      this.flags = new Uint8Array(width);
      this.diff.forget();
    }
    const { diff } = this;
    const everything = !diff.isSameView(scene);
    if (everything) {
      this.pixels.fill(scene.palette.pixels[NOTHING] ?? 0);
      diff.adopt(scene);
    }
    let [first, end, painted] = [height, 0, 0];
    for (let i = 0; i < rows.count;) {
      // The parts of one tile stand in one row and are painted together.
      let next = i + 1;
      while (next < rows.count && rows.y[next] === rows.y[i] && rows.slot[next] === rows.slot[i]) next++;
      if (everything || diff.isStale(scene, i, next)) {
        const due = this.paintRow(scene, i, next);
        diff.painted(scene, i, next, due);
        first = Math.min(first, rows.y[i] ?? 0);
        end = Math.max(end, (rows.y[i] ?? 0) + (rows.height[i] ?? 0));
        painted++;
      }
      i = next;
    }
    if (everything) return { first: 0, end: height, rows: painted };
    return { first: Math.max(0, first), end: Math.min(height, end), rows: painted };
  }

  /** Paints parts `from` … `to` - 1 of the batch, which share a row. @returns engine time at which they look older */
  private paintRow(scene: Scene, from: number, to: number): number {
    const { rows, height } = scene;
    const top = rows.y[from] ?? 0;
    const high = rows.height[from] ?? 0;
    const first = Math.max(0, top);
    const last = Math.min(height, top + high);
    if (first >= last) return Infinity;
    this.load(scene, rows.slot[from] ?? -1);
    this.looks.fill(NOTHING);
    let due = Infinity;
    for (let part = from; part < to; part++) due = Math.min(due, this.lookAt(scene, part));
    this.fillLines(scene, first, last, high >= LINE_FROM ? top + high - 1 : height);
    return due;
  }

  /** Takes a row out of the bank: the planes of each page as one number. */
  private load(scene: Scene, slot: number): void {
    const { planes, times, masks } = this;
    if (slot < 0) {
      masks.fill(0);
      times.fill(0);
      return;
    }
    scene.bank.copy(slot, planes, 0, times, 0);
    for (let group = 0; group < GROUPS; group++) {
      const at = group * GROUP_WORDS;
      let same = 0;
      let mixed = 0;
      for (let plane = 0; plane < GROUP_WORDS; plane++) {
        const word = planes[at + plane] ?? 0;
        if (word === 0xffffffff) same |= 1 << plane;
        else if (word !== 0) mixed |= 1 << plane;
      }
      const first = group * 32;
      masks.fill(same, first, first + 32);
      for (let rest = mixed; rest !== 0; rest &= rest - 1) {
        const plane = 31 - Math.clz32(rest & -rest);
        const word = planes[at + plane] ?? 0;
        for (let i = 0; i < 32; i++)
          masks[first + i] = (masks[first + i] ?? 0) | (((word >>> i) & 1) << plane);
      }
    }
  }

  /** Looks of the pixels that show part `part`. @returns engine time at which one of them looks older */
  private lookAt(scene: Scene, part: number): number {
    const { rows, columns, width, origin, column } = scene;
    const { looks, flags, pages, masks, times } = this;
    const from = rows.from[part] ?? 0;
    const to = rows.to[part] ?? 0;
    const rowFlags = rows.flags[part] ?? 0;
    const table = restingRow(rowFlags);
    const { now } = scene;
    const { hold } = scene;
    let due = Infinity;
    const single = column >= 1;
    const look = (mask: number, time: number): number => {
      const resting = RESTING[table + mask] ?? 0;
      if (resting === NOTHING || (hold ? (mask & 1) === 0 : time === 0)) return resting;
      if (time === 0) return RAMP_AT;
      const age = Math.max(0, now - (time - 1));
      const step = age > HEAT_WINDOW ? 0 : (HEAT_STEPS[age] ?? 0);
      due = Math.min(due, time - 1 + (STEP_ENDS[step] ?? 0));
      return RAMP_AT + step;
    };
    if (single) for (let c = from; c < to; c++) pages[c] = look(masks[c] ?? 0, times[c] ?? 0);
    // A pixel more on each side: which pixels show the columns is decided by the table.
    const left = Math.max(0, Math.floor(origin + from * column) - 1);
    const right = Math.min(width, Math.ceil(origin + to * column) + 1);
    for (let px = left; px < right; px++) {
      const entry = columns[px] ?? 0;
      const begin = firstColumn(entry);
      const end = endColumn(entry);
      if (begin >= to || end <= from || begin >= end || isEdge(entry)) continue;
      if (single) {
        looks[px] = pages[begin] ?? 0;
      } else {
        // A pixel that two VMAs share is looked at whole, so that neither hides what the other has.
        let mask = 0;
        let time = 0;
        for (let c = begin; c < end; c++) {
          mask |= masks[c] ?? 0;
          time = Math.max(time, times[c] ?? 0);
        }
        looks[px] = look(mask, time);
      }
      flags[px] = rowFlags;
    }
    return due;
  }

  /** Paints lines `first` … `last` - 1 from the looks; line `lined` is left to the canvas. */
  private fillLines(scene: Scene, first: number, last: number, lined: number): void {
    const { looks, flags, pixels, width } = this;
    const colours = scene.palette.pixels;
    let patterns = false;
    for (let px = 0; px < width && !patterns; px++) patterns = isPatterned(looks[px] ?? 0, flags[px] ?? 0);
    const period = patterns ? PATTERN_LINES : 1;
    for (let py = first; py < last; py++) {
      const at = py * width;
      if (py === lined) {
        pixels.fill(colours[swatchIndex.canvas] ?? 0, at, at + width);
      } else if (py - first >= period) {
        pixels.copyWithin(at, at - period * width, at - period * width + width);
      } else if (patterns) {
        for (let px = 0; px < width; px++) {
          pixels[at + px] = colours[patterned(looks[px] ?? 0, px, py, flags[px] ?? 0)] ?? 0;
        }
      } else {
        for (let px = 0; px < width; px++) pixels[at + px] = colours[looks[px] ?? 0] ?? 0;
      }
    }
  }
}
