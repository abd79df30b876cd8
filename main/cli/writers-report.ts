import type { CodePlace } from '#shared/contract/writers.ts';
import { speedscopeProfile } from '#shared/writers/speedscope.ts';
import { foldedStacks } from '#shared/writers/stacks.ts';
import { formatPage, pageOfAddress } from '#shared/memory/page.ts';
import { formatCount, plural } from '#shared/plural.ts';
import type { Symbols } from '../native/symbols/symbols.ts';
import { named, type NamedWrite } from '../native/writers/place-names.ts';
import { commName } from '../native/process/names.ts';
import { readProc } from '../native/process/proc-files.ts';
import type { FirstWrite } from '../native/writers/tracer.ts';
import type { WriterWatch } from '../native/writers/writer-watch.ts';
import { codeOf, hex, placeJson, placeText } from './code-text.ts';
import type { Output } from './command.ts';
import { columns, printable } from './terminal-text.ts';
import type { WritersOptions } from './writers-options.ts';

/** Rows of the table at the end. */
const MAX_ROWS = 30;

type WatchFigures = Pick<WriterWatch, 'pages' | 'skipped' | 'pauses' | 'waitedMs'>;

interface Writer {
  readonly place: CodePlace;
  readonly thread: string;
  writes: number;
  readonly pages: Set<number>;
}

/** Prints what `writers` found: JSON lines immediately, or a table or folded stacks at the end. */
export class WritersReport {
  writes = 0;
  private readonly options: WritersOptions;
  private readonly symbols: Symbols;
  private readonly output: Output;
  private readonly threads = new Map<number, string>();
  private readonly writers = new Map<string, Writer>();
  private readonly stacks = new Map<string, { thread: string; frames: CodePlace[]; writes: number }>();

  constructor(options: WritersOptions, symbols: Symbols, output: Output) {
    this.options = options;
    this.symbols = symbols;
    this.output = output;
  }

  armed({ pages, skipped }: WatchFigures): void {
    const { pid, form } = this.options;
    const { limitation } = this.symbols;
    if (limitation !== null) this.output.error(`soft-dirty writers: ${limitation}\n`);
    if (form === 'json') {
      const left = skipped.map(({ start, end, name, reason }) => ({
        ...{ start: formatPage(start), end: formatPage(end), name, reason },
      }));
      this.json({ event: 'armed', pid, pages, skipped: left });
      return;
    }
    this.output.error(`Watching the writers of ${plural(pages, 'page')} of process ${pid}\n`);
    for (const reason of new Set(skipped.map((mapping) => mapping.reason))) {
      const alike = skipped.filter((mapping) => mapping.reason === reason);
      const [{ start, name }] = alike;
      const others = alike.length === 1 ? '' : ` and ${formatCount(alike.length - 1)} more`;
      this.output.error(`Not armed: ${formatPage(start)} ${printable(name)}${others}: ${reason}\n`);
    }
  }

  write(write: FirstWrite): void {
    this.writes++;
    const found = named(write, this.symbols);
    const { place, callers } = found;
    if (this.options.form === 'json') {
      this.json({
        event: 'write',
        address: hex(write.address),
        tid: write.tid,
        ...placeJson(place),
        stack: callers.map(placeJson),
      });
    } else if (this.options.form !== 'text') this.keepStack(found);
    else this.count(found);
  }

  detached(reason: string, { pauses, waitedMs }: WatchFigures): void {
    const { writes } = this;
    const { form } = this.options;
    if (form === 'json') {
      this.json({ event: 'detached', reason, writes, pauses, waitedMs: Math.round(waitedMs * 100) / 100 });
      return;
    }
    const stacks = this.stacks.values();
    if (form === 'folded') this.output.out(foldedStacks(stacks));
    else if (form === 'speedscope')
      this.json(speedscopeProfile(stacks, `writers of process ${this.options.pid}`));
    else this.table();
    const cut =
      pauses === 0
        ? ''
        : `; ${plural(pauses, 'interval was', 'intervals were')} cut short (--max-rate, --max-share)`;
    this.output.error(`${plural(writes, 'write')}${cut}\n`);
  }

  private count({ write, place }: NamedWrite): void {
    const thread = this.thread(write.tid);
    const code = place.function === null ? codeOf(place) : `${place.function} ${place.file}:${place.line}`;
    const key = `${write.tid} ${code}`;
    const writer = this.writers.get(key) ?? { place, thread, writes: 0, pages: new Set() };
    this.writers.set(key, writer);
    writer.writes++;
    writer.pages.add(pageOfAddress(write.address));
  }

  private keepStack({ write, place, callers }: NamedWrite): void {
    const frames = [...callers].reverse().concat(place);
    const thread = this.thread(write.tid);
    const key = `${thread}\n${frames.map(placeText).join('\n')}`;
    const known = this.stacks.get(key) ?? { thread, frames, writes: 0 };
    this.stacks.set(key, known);
    known.writes++;
  }

  private table(): void {
    const rows = [...this.writers.values()].sort((a, b) => b.writes - a.writes).slice(0, MAX_ROWS);
    const text = rows.map(({ place, thread, writes, pages }) => [
      formatCount(writes),
      `${((100 * writes) / this.writes).toFixed(1)} %`,
      formatCount(pages.size),
      thread,
      place.function ?? codeOf(place),
      place.file === null ? (place.module ?? '') : `${place.file}:${place.line}`,
    ]);
    const header = ['writes', 'share', 'pages', 'thread', 'function', 'source'];
    for (const line of columns([header, ...text], new Set([0, 1, 2])))
      this.output.out(`${printable(line)}\n`);
  }

  /** `name (tid)`. */
  private thread(tid: number): string {
    if (tid === 0) return 'another process';
    const known = this.threads.get(tid);
    if (known !== undefined) return known;
    const comm = readProc(this.options.pid, `task/${tid}/comm`);
    const name = `${comm === null ? 'thread' : commName(comm)} (${tid})`;
    this.threads.set(tid, name);
    return name;
  }

  private json(line: object): void {
    this.output.out(`${JSON.stringify(line)}\n`);
  }
}
