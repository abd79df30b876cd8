import { closeSync, openSync, readSync } from 'node:fs';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';

/** Growth in pages (32 MiB) before new memory is located: less costs a scan at most half a millisecond. */
const MAX_UNKNOWN_PAGES = 8192;

/** Characters of the file. */
const BLANK = 0x20;
const ZERO = 0x30;

/** The two figures of /proc/PID/statm that show, in 2 µs, whether a search is worthwhile: mapped and resident pages. */
export class ResidentPages {
  private readonly fd: number;
  private readonly text = Buffer.alloc(128);
  private known = 0;
  private mapped = 0;

  constructor(pid: number) {
    this.fd = openSync(`/proc/${pid}/statm`, 'r');
  }

  /** The positions of all present memory are known now. */
  note(): void {
    this.known = this.read()[1];
  }

  /** Whether more memory appeared since `note` than may be left unknown; `tiles` are known to have pages. */
  grew(tiles: number): boolean {
    const resident = this.read()[1];
    return resident > this.known + MAX_UNKNOWN_PAGES || resident > (tiles + 16) * PAGES_PER_TILE;
  }

  /** Whether the amount of mapped memory changed since the last call: a mapping came, went or grew. */
  mappedChanged(): boolean {
    const before = this.mapped;
    this.mapped = this.read()[0];
    return this.mapped !== before;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** Without strings: it is read a hundred times a second. */
  private read(): readonly [mapped: number, resident: number] {
    try {
      const length = readSync(this.fd, this.text, 0, this.text.length, 0);
      const { text } = this;
      let [mapped, resident, at] = [0, 0, 0];
      for (; at < length && text[at] !== BLANK; at++) mapped = mapped * 10 + text[at] - ZERO;
      for (at++; at < length && text[at] !== BLANK; at++) resident = resident * 10 + text[at] - ZERO;
      return [mapped, resident];
    } catch {
      // The process has ended.
      return [this.mapped, this.known];
    }
  }
}
