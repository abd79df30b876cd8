import { Plane } from '#shared/memory/plane.ts';
import { HEAT_WINDOW } from '../../../data/heat.ts';
import { RAMP } from '../colour-maps.ts';
import { HEAT_STEPS, HOT_AT, HOT_SEEN, hasPattern, NOTHING, PATTERN_LINES, patterned } from '../styles.ts';
import { RAMP_AT, RESTING, restingRow, STEP_ENDS } from '../styles.ts';
import { GROUP_WORDS, later, ROW_PAGES, ROW_WORDS } from '../../rows/packed-row.ts';
import { endColumn, firstColumn, isEdge, LINE_FROM, type Scene } from '../scene.ts';
import { RowDiff } from './row-diff.ts';

const GROUPS = ROW_PAGES / 32;
/** More milliseconds than until any page looks older. */
const NEVER = 2 ** 30;
/** STEP_ENDS as integers. */
const STEP_AGES = Int32Array.from(STEP_ENDS, (age) => Math.min(age, NEVER));
const HOT = 1 << Plane.Hot;
/** Planes that make a page look written in mode hold. */
const HELD = (1 << Plane.Written) | HOT;

/** Lines of the picture that changed: `first` … `end` - 1; rows that were painted again. */
export interface Painted {
  readonly first: number;
  readonly end: number;
  readonly rows: number;
}

/**
 * Paints scenes into 32-bit pixels (width × height, top down), as the shader does on a graphics card, and keeps them:
 * a row is painted again where its pages changed or are due to look older, and copied where the view only moved.
 */
export class Raster {
  readonly width: number;
  readonly height: number;
  /** The picture as `paint` left it. */
  pixels: Uint32Array;
  private spare: Uint32Array;
  private readonly diff = new RowDiff();
  private readonly planes = new Uint32Array(ROW_WORDS);
  private readonly times = new Uint32Array(ROW_PAGES);
  private readonly masks = new Uint16Array(ROW_PAGES);
  /** Styles, flags and colours of a row's pages; one more, which is never written, stands for no page. */
  private readonly pages = new Uint16Array(ROW_PAGES + 1);
  private readonly pageFlags = new Uint8Array(ROW_PAGES + 1);
  private readonly pageColours = new Uint32Array(ROW_PAGES + 1);
  /** Styles and flags of the pixels of a row's lines. */
  private readonly styles: Uint16Array;
  private readonly flags: Uint8Array;
  /** Planes and times of the pixels of a row, if a pixel shows several pages. */
  private readonly pixelMasks: Uint16Array;
  private readonly pixelTimes: Uint32Array;
  /** State of the row that is being painted: whether it has a pattern, when it looks older, the styles in one part. */
  private patterns = false;
  private due = Infinity;
  private seen = 0;
  /** Whether the 32 pages of a group have the same planes. */
  private readonly alike = new Uint8Array(GROUPS);
  private readonly shown: Uint16Array;
  private columns: Uint32Array | null = null;

  /** @param spare a second picture of the same size: where the view only moved, rows are copied from one to the other */
  constructor(width: number, height: number, pixels: Uint32Array, spare: Uint32Array) {
    this.width = width;
    this.height = height;
    this.pixels = pixels;
    this.spare = spare;
    this.styles = new Uint16Array(width);
    this.flags = new Uint8Array(width);
    this.pixelMasks = new Uint16Array(width);
    this.pixelTimes = new Uint32Array(width);
    this.shown = new Uint16Array(width);
  }

  /** Paints a scene of this raster's size into `pixels`, which is the other one of the two where the view moved. */
  paint(scene: Scene): Painted {
    const { height, diff } = this;
    const { rows } = scene;
    this.takeColumns(scene.columns);
    const same = diff.isSameView(scene);
    const moved = !same && diff.isSameStyle(scene);
    if (!same) {
      [this.pixels, this.spare] = [this.spare, this.pixels];
      this.pixels.fill(scene.palette.pixels[NOTHING] ?? 0);
      diff.adopt(scene);
    }
    let [first, end, painted] = [height, 0, 0];
    for (let i = 0; i < rows.count;) {
      // The parts of one tile share a row and are painted together.
      let next = i + 1;
      while (next < rows.count && rows.y[next] === rows.y[i] && rows.slot[next] === rows.slot[i]) next++;
      if (same ? diff.isStale(scene, i, next) : !(moved && this.copyRow(scene, i, next))) {
        this.paintRow(scene, i, next);
        diff.painted(scene, i, next, this.due, this.patterns);
        first = Math.min(first, rows.y[i] ?? 0);
        end = Math.max(end, (rows.y[i] ?? 0) + (rows.height[i] ?? 0));
        painted++;
      }
      i = next;
    }
    if (!same) return { first: 0, end: height, rows: painted };
    return { first: Math.max(0, first), end: Math.min(height, end), rows: painted };
  }

  /** Visits the styles of each row of a scene, pixel by pixel across, instead of painting them; lines below are left out. */
  stylesOf(
    scene: Scene,
    visit: (y: number, height: number, styles: Uint16Array, flags: Uint8Array) => void,
  ): void {
    const { rows, height } = scene;
    this.takeColumns(scene.columns);
    for (let i = 0; i < rows.count;) {
      let next = i + 1;
      while (next < rows.count && rows.y[next] === rows.y[i] && rows.slot[next] === rows.slot[i]) next++;
      const top = rows.y[i] ?? 0;
      const high = rows.height[i] ?? 0;
      const end = Math.min(height, top + high - (high >= LINE_FROM ? 1 : 0));
      if (end > Math.max(0, top)) {
        this.styleRow(scene, i, next);
        if (scene.column >= 1) this.spread(scene.palette.pixels, true);
        visit(Math.max(0, top), end - Math.max(0, top), this.styles, this.flags);
      }
      i = next;
    }
  }

  /** Copies a row from its place before the view moved. @returns whether it could: it is the same and was whole */
  private copyRow(scene: Scene, from: number, to: number): boolean {
    const { width, height } = this;
    const top = scene.rows.y[from] ?? 0;
    const high = scene.rows.height[from] ?? 0;
    const before = this.diff.placeBefore(scene, from, to);
    if (before === null || before < 0 || before + high > height) return false;
    const first = Math.max(0, top);
    const last = Math.min(height, top + high);
    if (first < last) {
      const at = (before + first - top) * width;
      this.pixels.set(this.spare.subarray(at, at + (last - first) * width), first * width);
    }
    return true;
  }

  /** Paints parts `from` … `to` - 1 of the batch, which share a row. */
  private paintRow(scene: Scene, from: number, to: number): void {
    const { rows, height } = scene;
    const top = rows.y[from] ?? 0;
    const high = rows.height[from] ?? 0;
    const first = Math.max(0, top);
    const last = Math.min(height, top + high);
    if (first >= last) return;
    this.styleRow(scene, from, to);
    this.fillLines(scene, first, last, high >= LINE_FROM ? top + high - 1 : height);
  }

  private styleRow(scene: Scene, from: number, to: number): void {
    this.load(scene, scene.rows.slot[from] ?? -1);
    (scene.column >= 1 ? this.pages : this.styles).fill(NOTHING);
    this.patterns = false;
    this.due = Infinity;
    for (let part = from; part < to; part++) this.stylePart(scene, part);
  }

  /** Takes a row out of the bank: the planes of each page as one number. */
  private load(scene: Scene, slot: number): void {
    const { planes, times, masks } = this;
    if (slot < 0) {
      masks.fill(0);
      times.fill(0);
      planes.fill(0);
      this.alike.fill(1);
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
      this.alike[group] = mixed === 0 ? 1 : 0;
      for (let rest = mixed; rest !== 0; rest &= rest - 1) {
        const plane = 31 - Math.clz32(rest & -rest);
        for (let word = planes[at + plane] ?? 0; word !== 0; word &= word - 1) {
          const page = first + 31 - Math.clz32(word & -word);
          masks[page] = (masks[page] ?? 0) | (1 << plane);
        }
      }
    }
  }

  /** Styles of part `part`: page by page, or pixel by pixel if a pixel shows several. */
  private stylePart(scene: Scene, part: number): void {
    const { rows, columns } = scene;
    const { masks, times, pages } = this;
    const from = rows.from[part] ?? 0;
    const to = rows.to[part] ?? 0;
    const flags = rows.flags[part] ?? 0;
    const table = restingRow(flags);
    this.seen = 0;
    if (scene.column >= 1) {
      this.pageFlags.fill(flags, from, to);
      let mixed = from;
      for (let group = from >>> 5; group * 32 < to; group++) {
        const [first, end] = [Math.max(from, group * 32), Math.min(to, group * 32 + 32)];
        if (!this.isAlike(scene, group, first, end)) continue;
        // Most memory is alike, at rest or written at one time: 32 pages in one step.
        this.styleRun(scene, masks, times, pages, mixed, first, table);
        pages.fill(this.styleOf(scene, masks[first] ?? 0, times[first] ?? 0, table), first, end);
        mixed = end;
      }
      this.styleRun(scene, masks, times, pages, mixed, to, table);
    } else {
      // A pixel more on each side: which pixels show the columns is decided by the table.
      const end = Math.min(scene.width, Math.ceil(scene.origin + to * scene.column) + 1);
      const shows = (px: number): boolean => {
        const entry = columns[px] ?? 0;
        return firstColumn(entry) < Math.min(to, endColumn(entry)) && endColumn(entry) > from;
      };
      let first = Math.max(0, Math.floor(scene.origin + from * scene.column) - 1);
      while (first < end && !shows(first)) first++;
      let last = end;
      while (last > first && !shows(last - 1)) last--;
      this.fold(columns, first, last);
      this.flags.fill(flags, first, last);
      this.styleRun(scene, this.pixelMasks, this.pixelTimes, this.styles, first, last, table);
    }
    this.patterns ||= hasPattern(this.seen, flags);
  }

  /** Whether pages `from` … `to` - 1 of a group all look the same. */
  private isAlike({ hold }: Scene, group: number, from: number, to: number): boolean {
    if (this.alike[group] !== 1) return false;
    const { times, planes } = this;
    const at = group * GROUP_WORDS;
    if (hold && ((planes[at] ?? 0) | (planes[at + Plane.Hot] ?? 0)) === 0) return true;
    const first = times[from];
    for (let c = from + 1; c < to; c++) if (times[c] !== first) return false;
    return true;
  }

  /**
   * Everything that pixels `first` … `last` - 1 show, including a pixel that two VMAs share, so that neither hides the
   * other.
   */
  private fold(columns: Uint32Array, first: number, last: number): void {
    const { masks, times, pixelMasks, pixelTimes } = this;
    for (let px = first; px < last; px++) {
      const entry = columns[px] ?? 0;
      const end = endColumn(entry);
      let column = firstColumn(entry);
      let mask = masks[column] ?? 0;
      let time = times[column] ?? 0;
      while (++column < end) {
        mask |= masks[column] ?? 0;
        time = later(time, times[column] ?? 0);
      }
      pixelMasks[px] = mask;
      pixelTimes[px] = time;
    }
  }

  /** The same as styleOf for `from` … `to` - 1, in one loop: most of a frame's time is spent here. */
  private styleRun(
    { hold, now }: Scene,
    masks: Uint16Array,
    times: Uint32Array,
    styles: Uint16Array,
    from: number,
    to: number,
    table: number,
  ): void {
    const lit = hold ? HELD : HOT;
    // In 32-bit integers: ages are small, whatever the times are.
    const next = (now + 1) | 0;
    let least = NEVER;
    let { seen } = this;
    for (let i = from; i < to; i++) {
      const mask = masks[i] ?? 0;
      const time = times[i] ?? 0;
      let style = RESTING[table + mask] ?? 0;
      if (style !== NOTHING && ((mask & lit) !== 0 || (time !== 0 && !hold))) {
        const age = (next - time) | 0;
        const step = time === 0 ? 0 : (HEAT_STEPS[age < 0 ? 0 : age > HEAT_WINDOW ? HEAT_WINDOW : age] ?? 0);
        if (step !== 0) {
          const left = ((STEP_AGES[step] ?? 0) - age) | 0;
          if (left < least) least = left;
        }
        style = RAMP_AT + step;
        if ((mask & HOT) !== 0) {
          style += RAMP;
          seen |= HOT_SEEN;
        }
      } else {
        seen |= 1 << style;
      }
      styles[i] = style;
    }
    if (least < NEVER) this.due = Math.min(this.due, now + least);
    this.seen = seen;
  }

  private styleOf({ hold, now }: Scene, mask: number, time: number, table: number): number {
    const resting = RESTING[table + mask] ?? 0;
    if (resting === NOTHING || ((mask & (hold ? HELD : HOT)) === 0 && (hold || time === 0))) {
      this.seen |= 1 << resting;
      return resting;
    }
    const hot = (mask & HOT) !== 0;
    if (hot) this.seen |= HOT_SEEN;
    const base = hot ? HOT_AT : RAMP_AT;
    if (time === 0) return base;
    const age = now > time - 1 ? now - (time - 1) : 0;
    if (age > HEAT_WINDOW) return base;
    const step = HEAT_STEPS[age] ?? 0;
    const next = time - 1 + (STEP_ENDS[step] ?? 0);
    if (next < this.due) this.due = next;
    return base + step;
  }

  /** Paints lines `first` … `last` - 1 from the styles; line `lined` is left to the canvas. */
  private fillLines(scene: Scene, first: number, last: number, lined: number): void {
    const { styles, flags, pixels, width, patterns } = this;
    const colours = scene.palette.pixels;
    const canvas = colours[NOTHING] ?? 0;
    const single = scene.column >= 1;
    if (single) this.spread(colours, patterns);
    const period = patterns ? PATTERN_LINES : 1;
    const phase = scene.above % PATTERN_LINES;
    for (let py = first; py < last; py++) {
      const at = py * width;
      if (py === lined) {
        pixels.fill(canvas, at, at + width);
      } else if (py - first >= period) {
        pixels.copyWithin(at, at - period * width, at - period * width + width);
      } else if (patterns) {
        for (let px = 0; px < width; px++) {
          pixels[at + px] = colours[patterned(styles[px] ?? 0, px, py + phase, flags[px] ?? 0)] ?? 0;
        }
      } else if (single) {
        gather(this.pageColours, this.shown, pixels, at, width);
      } else {
        gather(colours, styles, pixels, at, width);
      }
    }
  }

  /** From pages to what their pixels take: colours, or styles if a pattern makes each pixel its own. */
  private spread(colours: Uint32Array, patterns: boolean): void {
    const { pages, pageFlags, pageColours, shown, styles, flags, width } = this;
    if (!patterns) {
      gather(colours, pages, pageColours, 0, ROW_PAGES + 1);
      return;
    }
    for (let px = 0; px < width; px++) {
      const page = shown[px] ?? 0;
      styles[px] = pages[page] ?? 0;
      flags[px] = pageFlags[page] ?? 0;
    }
  }

  /** The page that each pixel across shows; ROW_PAGES, which looks like nothing, at lines and beside the columns. */
  private takeColumns(columns: Uint32Array): void {
    if (columns === this.columns) return;
    this.columns = columns;
    for (let px = 0; px < this.width; px++) {
      const entry = columns[px] ?? 0;
      const empty = isEdge(entry) || endColumn(entry) <= firstColumn(entry);
      this.shown[px] = empty ? ROW_PAGES : firstColumn(entry);
    }
  }
}

/** `out[at + i]` becomes `values[indexes[i]]` for `count` numbers: four at a time, which is a third quicker than one by one. */
function gather(
  values: Uint32Array,
  indexes: Uint16Array,
  out: Uint32Array,
  at: number,
  count: number,
): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    out[at + i] = values[indexes[i] ?? 0] ?? 0;
    out[at + i + 1] = values[indexes[i + 1] ?? 0] ?? 0;
    out[at + i + 2] = values[indexes[i + 2] ?? 0] ?? 0;
    out[at + i + 3] = values[indexes[i + 3] ?? 0] ?? 0;
  }
  for (; i < count; i++) out[at + i] = values[indexes[i] ?? 0] ?? 0;
}
