import { joinWrites } from '#shared/frame/delta.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { trackingCostPhrases } from '#shared/source/tracking-cost.ts';
import type { MapsVma } from '../native/process/maps.ts';
import type { OutputStream } from './command.ts';
import { PacedWriter } from './paced-writer.ts';
import { cut, formatCount, formatSize, printable } from './terminal-text.ts';
import type { EndReason } from './watch-ending.ts';
import { readVmas, tableRows } from './watch-rows.ts';
import type { BackendChange, WatchInfo, WatchView } from './watch-view.ts';

/** How often the table is drawn, in milliseconds. */
const PERIOD = 1000;

/** Lines around the rows of VMAs: up to four above, the heads, the rest, and where the cursor stands. */
const OTHER_LINES = 7;

const ENDINGS: Readonly<Record<EndReason, string>> = {
  duration: 'Detached: the time is over; the program goes on.',
  interrupt: 'Detached; the program goes on.',
  exit: 'The program ended.',
  exec: 'The program replaced itself (exec); attach again to watch what it became.',
};

/** The VMAs by pages written, once a second: redrawn in place on a terminal, a block of lines elsewhere. */
export class LiveTable implements WatchView {
  private readonly stream: OutputStream;
  private readonly writer: PacedWriter;
  private readonly top: number;
  private readonly terminal: boolean;
  private readonly recent = new TileSet();
  private readonly all = new TileSet();
  private info: WatchInfo | null = null;
  private vmas: readonly MapsVma[] = [];
  private drawnAt = 0;
  /** Lines of the last drawing, to go back up. */
  private drawn = 0;

  constructor(stream: OutputStream, top: number) {
    this.stream = stream;
    this.writer = new PacedWriter(stream);
    this.top = top;
    this.terminal = stream.isTTY === true;
  }

  attached(info: WatchInfo): Promise<void> {
    this.info = info;
    this.draw(0);
    return Promise.resolve();
  }

  sample(written: TileSet, time: number): void {
    joinWrites(this.recent, written);
    joinWrites(this.all, written);
    // A reader who is slow gets fewer tables; what they tell goes on adding up.
    if (time - this.drawnAt >= PERIOD && this.writer.ready) this.draw(time);
  }

  mappingChanged(): void {
    // The table shows what is written; how a mapping is tracked is in --json and in the window.
  }

  backendChanged({ backend, atomic }: BackendChange): void {
    if (this.info) this.info = { ...this.info, backend, atomic };
  }

  async detached(reason: EndReason | null, time: number): Promise<void> {
    await this.writer.idle();
    this.draw(time, true);
    await this.writer.idle();
    if (reason) this.writer.write(`${ENDINGS[reason]}\n`);
    await this.writer.idle();
  }

  /** `last`: what was written in all, without the last moments. */
  private draw(time: number, last = false): void {
    const { info } = this;
    if (!info) return;
    this.vmas = readVmas(info.pid, this.vmas);
    const lines = this.lines(info, time, last);
    this.drawnAt = time;
    this.recent.clear();
    if (!this.terminal) {
      this.writer.write(`${lines.join('\n')}\n\n`);
      return;
    }
    const width = this.stream.columns || 80;
    // Back to the first line of the last drawing, and clear from there.
    const back = this.drawn > 0 ? `\x1b[${this.drawn}A\x1b[J` : '';
    this.drawn = lines.length;
    this.writer.write(`${back}${lines.map((line) => cut(line, width - 1)).join('\n')}\n`);
  }

  private lines(info: WatchInfo, time: number, last: boolean): string[] {
    const { title, pid, backend, atomic, hz } = info;
    const costs = trackingCostPhrases(info.cost());
    const all = this.all.runs(Plane.Written);
    const now = last ? null : this.recent.runs(Plane.Written);
    const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
    const lately = last ? '' : `now (the last ${seconds(time - this.drawnAt)}): ${told(this.recent)}; `;
    const room = this.terminal ? Math.max(1, (this.stream.rows || 24) - OTHER_LINES) : this.top;
    return [
      `${printable(title)} (${pid}), ${backend === 'none' ? 'not tracked' : backend}${atomic ? '' : ', not exact'}, ${hz} samples a second, ${seconds(time)}`,
      ...(costs.length > 0 ? [`Cost: ${costs.join(' · ')}`] : []),
      `Pages written ${lately}in all: ${told(this.all)}`,
      ...otherEvents(this.all),
      ...tableRows(this.vmas, now, all, Math.min(this.top, room)),
    ];
  }
}

/** What happened besides, in all; nothing where nothing did. */
function otherEvents(tiles: TileSet): string[] {
  const parts = [
    [tiles.count(Plane.Touched), 'present, not before: written or read'],
    [tiles.count(Plane.Hot), 'hot: not known'],
    [tiles.count(Plane.Gone), 'given back'],
  ] as const;
  const some = parts.filter(([pages]) => pages > 0).map(([pages, what]) => `${formatCount(pages)} ${what}`);
  return some.length === 0 ? [] : [`Besides, in all: ${some.join('; ')}`];
}

function told(tiles: TileSet): string {
  const pages = tiles.count(Plane.Written);
  return `${formatCount(pages)} (${formatSize(pages * PAGE_SIZE)})`;
}
