import { joinWrites } from '#shared/frame/delta.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { plural } from '#shared/plural.ts';
import type { MapsVma } from '../native/process/maps.ts';
import type { Output, OutputStream } from './command.ts';
import { PacedWriter } from './paced-writer.ts';
import { Screen } from './screen.ts';
import { tableLines, type TableState } from './table-layout.ts';
import type { CountsReport } from './watch-counts.ts';
import type { EndReason } from './watch-ending.ts';
import { readVmas } from './watch-rows.ts';
import { printable } from './terminal-text.ts';
import type { BackendChange, WatchInfo, WatchMark, WatchView } from './watch-view.ts';

/** How often the table is drawn, in milliseconds. */
const PERIOD_MS = 1000;
/** Messages that are kept until the terminal is restored. */
const MAX_MESSAGES = 100;

const EVERYTHING = { columns: Infinity, rows: Infinity };

const ENDINGS: Readonly<Record<EndReason, string>> = {
  duration: 'Detached after the given duration; the program is running.',
  interrupt: 'Detached; the program is running.',
  exit: 'The program ended.',
  exec: 'The program called exec: its address space was replaced. Attach again to watch the new one.',
};

/** The VMAs by pages written, once a second: on a separate screen in a terminal, a block of lines elsewhere. */
export class LiveTable implements WatchView {
  private readonly output: Pick<Output, 'error'>;
  private readonly writer: PacedWriter;
  private readonly screen: Screen | null;
  private readonly top: number;
  private recent = new TileSet();
  /** Message of the table that is shown; empty after it. */
  private shownRecent = new TileSet();
  private readonly all = new TileSet();
  private info: WatchInfo | null = null;
  private vmas: readonly MapsVma[] = [];
  private drawnAt = 0;
  private countsText = '';
  /** What is drawn, so that another size of the terminal shows the same. */
  private state: TableState | null = null;
  /** Messages during the alternate screen; standard error may be the same terminal. */
  private readonly messages: string[] = [];

  constructor(stream: OutputStream, output: Pick<Output, 'error'>, top: number) {
    this.output = output;
    this.writer = new PacedWriter(stream);
    this.top = top;
    this.screen = Screen.possible(stream) ? new Screen(stream, () => this.paint()) : null;
  }

  attached(info: WatchInfo): Promise<void> {
    this.info = info;
    this.screen?.enter();
    this.draw(0);
    return Promise.resolve();
  }

  sample(written: TileSet, time: number): void {
    joinWrites(this.recent, written);
    joinWrites(this.all, written);
    // A slow reader gets fewer tables, with the same totals.
    const ready = this.screen?.ready ?? this.writer.ready;
    if (time - this.drawnAt >= PERIOD_MS && ready) this.draw(time);
  }

  mappingChanged(): void {
    // The table shows what is written; how a mapping is tracked is in --json and in the window.
  }

  backendChanged({ backend, atomic }: BackendChange): void {
    if (this.info) this.info = { ...this.info, backend, atomic };
  }

  marked({ t, note, pages }: WatchMark): void {
    const what = pages === null ? 'mark' : `phase of ${plural(pages, 'page')}`;
    this.message(`soft-dirty watch: ${what} "${printable(note)}" at ${(t / 1000).toFixed(3)} s\n`);
  }

  counts(report: CountsReport, mappings: readonly MapsVma[]): void {
    this.countsText = report.text(mappings);
  }

  message(text: string): void {
    if (this.screen === null || this.info === null) {
      this.output.error(text);
      return;
    }
    this.messages.push(text);
    if (this.messages.length > MAX_MESSAGES) this.messages.shift();
    if (this.state) this.state = { ...this.state, message: this.latestMessage };
    this.paint();
  }

  async detached(reason: EndReason | null, time: number): Promise<void> {
    const state = this.takeState(time, true);
    const lines = state ? tableLines(state, this.top, this.finalRoom()) : [];
    const text = `${[...lines, ...(this.screen ? [] : ['']), ...(this.countsText ? [this.countsText] : []), ...(reason ? [ENDINGS[reason]] : [])].join('\n')}\n`;
    if (this.screen) {
      await this.screen.leave(text);
      for (const message of this.messages.splice(0)) this.output.error(message);
      return;
    }
    await this.writer.idle();
    this.writer.write(text);
    await this.writer.idle();
  }

  /** The last table remains in the scrollback: only its width is limited. */
  private finalRoom() {
    return this.screen ? { columns: this.screen.columns - 1, rows: Infinity } : EVERYTHING;
  }

  /** `last`: what was written in total, without the last interval. */
  private takeState(time: number, last: boolean): TableState | null {
    const { info } = this;
    if (!info) return null;
    this.vmas = readVmas(info.pid, this.vmas);
    return {
      ...{ info, vmas: this.vmas, time, all: this.all },
      recent: last ? null : this.recent,
      recentMs: time - this.drawnAt,
      message: last ? '' : this.latestMessage,
    };
  }

  private get latestMessage(): string {
    return (this.messages.at(-1) ?? '').trimEnd();
  }

  private draw(time: number): void {
    this.state = this.takeState(time, false);
    this.drawnAt = time;
    [this.recent, this.shownRecent] = [this.shownRecent, this.recent];
    this.recent.clear();
    if (this.screen) this.paint();
    else if (this.state) this.writer.write(`${tableLines(this.state, this.top, EVERYTHING).join('\n')}\n\n`);
  }

  private paint(): void {
    const { screen, state } = this;
    if (!screen || !state) return;
    // One column less: a character in the last one would be erased with the rest of its line.
    screen.paint(tableLines(state, this.top, { columns: screen.columns - 1, rows: screen.rows }));
  }
}
