import { forEachRun } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';

/** The most that one run takes: `,["0x`, 13 digits and `000`, `",`, 16 digits, `]`. */
const RUN_BYTES = 48;
const HEX = Buffer.from('0123456789abcdef');
/** Low part of a page number, which is 6 hexadecimal digits. */
const LOW = 2 ** 24;
const [COMMA, OPEN, CLOSE, QUOTE, ZERO] = Buffer.from(',[]"0');

/** Left out of a line if there is none. */
const OTHER_EVENTS = [
  ['touched', Plane.Touched],
  ['hot', Plane.Hot],
  ['gone', Plane.Gone],
] as const;

/**
 * Samples as JSON lines, written byte by byte: a sample may have a hundred thousand runs, twenty times a second, for
 * which text and numbers of JavaScript would cost more than the scan itself.
 */
export class SampleLine {
  private buffer = Buffer.allocUnsafe(1 << 16);
  private length = 0;

  /**
   * The line of plane Written of `tiles`, `time` milliseconds after the attach, and of what is touched, hot and gone if
   * there is any; valid until the next call.
   * @param cost of tracking, where it is to be reported
   */
  encode(tiles: TileSet, time: number, cost: object | null = null): Uint8Array {
    this.length = 0;
    this.ascii(`{"event":"sample","t":${Math.round(time)},"written":[`);
    const pages = this.runs(tiles, Plane.Written);
    this.reserve();
    this.ascii(`],"pages":${pages}`);
    for (const [name, plane] of OTHER_EVENTS) {
      if (tiles.count(plane) === 0) continue;
      this.reserve();
      this.ascii(`,"${name}":[`);
      this.runs(tiles, plane);
      this.reserve();
      this.ascii(']');
    }
    if (cost !== null) this.text(`,"cost":${JSON.stringify(cost)}`);
    this.text('}\n');
    return this.buffer.subarray(0, this.length);
  }

  /** Runs that meet at a tile's edge are one. Returns the pages. */
  private runs(tiles: TileSet, plane: Plane): number {
    const order = tiles.indexes.map((tile, slot) => [tile, slot] as const).sort((a, b) => a[0] - b[0]);
    let start = -1;
    let end = -1;
    let pages = 0;
    let first = true;
    const finish = () => {
      if (start < 0) return;
      this.run(start, end - start, first);
      first = false;
      pages += end - start;
    };
    for (const [tile, slot] of order) {
      const base = tile * PAGES_PER_TILE;
      forEachRun(tiles.words, tiles.offset(slot, plane), (from, to) => {
        if (base + from !== end) {
          finish();
          start = base + from;
        }
        end = base + to;
      });
    }
    finish();
    return pages;
  }

  /** `["0xADDRESS",PAGES]` */
  private run(page: number, count: number, first: boolean): void {
    this.reserve();
    const { buffer } = this;
    if (!first) buffer[this.length++] = COMMA;
    buffer[this.length++] = OPEN;
    buffer[this.length++] = QUOTE;
    this.address(page);
    buffer[this.length++] = QUOTE;
    buffer[this.length++] = COMMA;
    if (count < 10) buffer[this.length++] = ZERO + count;
    else this.ascii(String(count));
    buffer[this.length++] = CLOSE;
  }

  /** A page's address is its number in hexadecimal and three zeros. */
  private address(page: number): void {
    const { buffer } = this;
    this.ascii('0x');
    const high = Math.floor(page / LOW);
    const low = page % LOW;
    if (high > 0) this.ascii(high.toString(16));
    for (let shift = high > 0 ? 20 : leadingShift(low); shift >= 0; shift -= 4) {
      buffer[this.length++] = HEX[(low >>> shift) & 15];
    }
    if (page === 0) return;
    for (let i = 0; i < 3; i++) buffer[this.length++] = ZERO;
  }

  /** Text of any length. */
  private text(text: string): void {
    for (let at = 0; at < text.length; at += RUN_BYTES) {
      this.reserve();
      this.ascii(text.slice(at, at + RUN_BYTES));
    }
  }

  private ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.buffer[this.length++] = text.charCodeAt(i);
  }

  private reserve(): void {
    if (this.buffer.length - this.length >= RUN_BYTES) return;
    const grown = Buffer.allocUnsafe(this.buffer.length * 2);
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

/** How far the first digit of `value` that is not zero has to be shifted; 0 for 0. */
const leadingShift = (value: number) => (value === 0 ? 0 : (31 - Math.clz32(value)) & ~3);
