import { parseBytes } from '#shared/memory/page.ts';
import { plural } from '#shared/plural.ts';
import { Symbols } from '../native/symbols/symbols.ts';
import { callersOf } from '../native/writers/place-names.ts';
import { type BreakpointEvent, type PolledWrites, Watchpoint } from '../native/watchpoint/watchpoint.ts';
import { hex, placeJson, placeText } from './code-text.ts';
import { EXIT_OK, type Command, type Output, withOptions } from './command.ts';
import { BadValue, decimal, wholeNumber, MAX_SECONDS } from './option-values.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { Ending } from './watch-ending.ts';
import { processNumber } from './process-options.ts';

const SIZES = [1, 2, 4, 8];
/** How often events are read, in milliseconds. */
const POLL_MS = 10;
/** Writes in a second after which the breakpoints are disabled until it is over. */
const DEFAULT_MAX_RATE = 10_000;

const syntax = (): Syntax =>
  newSyntax('soft-dirty watchpoint')
    .usage('--pid N --address A --size 8 [options]')
    .description(
      'Shows every write of a running process to 1, 2, 4 or 8 bytes, and which code made it, by hardware breakpoints of perf. Nothing is stopped; each write costs the process a debug exception (1 to 2 µs).',
    )
    .option('--pid <N>', 'the process (see "soft-dirty ps")')
    .option('--address <A>', 'first byte: hexadecimal with 0x, or decimal; a multiple of the size')
    .option('--size <B>', '1, 2, 4 or 8 bytes', '8')
    .option('--duration <S>', 'end after S seconds; without it when interrupted or when the process ends')
    .option('--count <N>', 'end after N writes')
    .option(
      '--stacks',
      'the callers of each write; "[callers not known]" for code without unwind information',
      false,
    )
    .option(
      '--max-rate <N>',
      'writes a second after which it pauses until the second is over',
      String(DEFAULT_MAX_RATE),
    )
    .option('--json', 'one JSON object per line', false);

const notes = `Lines of --json:
  {"event":"armed","pid":N,"address":"0xADDR","size":B,"threads":N}       first
  {"event":"write","address":"0xADDR","tid":N,"function":"...","module":"...","offset":"0x...","file":"...","line":N,
   "stack":[{"function":...,"module":...,"offset":...,"file":...,"line":...},...]}        null if not known
                            "stack" is empty without --stacks; it ends with the function "[callers not known]" if further
                            callers cannot be found; "before" and "after" are added if exactly one write is between two
                            readings of the bytes
  {"event":"paused","writes":N}      more than --max-rate in this second; the rest of the second is not seen
  {"event":"lost","writes":N}        seen, but the buffer was full
  {"event":"detached","reason":"duration|count|interrupt|exit|exec|failed","writes":N}    last

"offset" is the instruction's address in the file of "module", as addr2line takes it. Function, file and line need libdw
(libdw1 of Debian and Ubuntu). Writes by system calls into the bytes are not seen. Four places can be watched at once on a
processor, those of debuggers included.

Exit codes: 0 watched to the end; 1 failed, with the reason on standard error; 2 wrong usage.
`;

interface Options {
  readonly pid: number;
  readonly address: bigint;
  readonly size: number;
  readonly durationMs: number;
  readonly count: number;
  readonly stacks: boolean;
  readonly maxRate: number;
  readonly json: boolean;
}

export const watchpointCommand: Command = {
  syntax,
  notes,
  run: withOptions('watchpoint', parse, run),
};

function parse(args: readonly string[]): Options {
  const { values } = parseArguments<{
    readonly pid?: string;
    readonly address?: string;
    readonly size: string;
    readonly duration?: string;
    readonly count?: string;
    readonly stacks: boolean;
    readonly maxRate: string;
    readonly json: boolean;
  }>(syntax(), args);
  if (values.pid === undefined) throw new BadValue('which process? --pid N is missing');
  if (values.address === undefined) throw new BadValue('which bytes? --address A is missing');
  const size = Number(values.size);
  if (!SIZES.includes(size))
    throw new BadValue(`--size is one of ${SIZES.join(', ')}, not ${JSON.stringify(values.size)}`);
  const address = parseBytes(values.address);
  if (address === null || address >= 2n ** 47n)
    throw new BadValue(`--address takes an address below 2^47, not ${JSON.stringify(values.address)}`);
  if (address % BigInt(size) !== 0n)
    throw new BadValue(`--address ${values.address} is not a multiple of --size ${size}`);
  return {
    pid: processNumber(values.pid),
    address,
    size,
    durationMs:
      values.duration === undefined
        ? Infinity
        : decimal('--duration', values.duration, 0, MAX_SECONDS, 'seconds') * 1000,
    count:
      values.count === undefined
        ? Infinity
        : wholeNumber('--count', values.count, 1, Number.MAX_SAFE_INTEGER),
    stacks: values.stacks,
    maxRate: wholeNumber('--max-rate', values.maxRate, 1, 10_000_000),
    json: values.json,
  };
}

async function run(options: Options, output: Output): Promise<number> {
  const watchpoint = new Watchpoint(options.pid, options);
  const ending = new Ending();
  ending.onSignals(() => undefined);
  if (output.stream) ending.onClosed(output.stream);
  const symbols = new Symbols(options.pid);
  const report = new Report(options, symbols, output);
  try {
    report.armed(watchpoint.threads);
    await follow(watchpoint, options, ending, report);
    watchpoint.close();
    report.detached(ending.reason ?? 'count');
    return EXIT_OK;
  } catch (cause) {
    watchpoint.close();
    report.detached('failed');
    throw cause;
  } finally {
    symbols.close();
    ending.release();
  }
}

async function follow(
  watchpoint: Watchpoint,
  { durationMs, count, maxRate }: Options,
  ending: Ending,
  report: Report,
): Promise<void> {
  const begin = performance.now();
  let second = begin;
  let inSecond = 0;
  let paused = false;
  while (ending.reason === null) {
    await ending.wait(POLL_MS);
    const gone = watchpoint.end();
    const found = watchpoint.poll();
    report.show(found, count - report.writes);
    inSecond += found.events.length;
    const now = performance.now();
    if (report.writes >= count) return;
    if (gone !== null) ending.end(gone);
    else if (now - begin >= durationMs) ending.end('duration');
    if (now - second >= 1000) {
      if (paused) watchpoint.run(true);
      [second, inSecond, paused] = [now, 0, false];
    } else if (!paused && inSecond > maxRate) {
      watchpoint.run(false);
      report.paused(inSecond);
      paused = true;
    }
  }
}

/** Writes what happens, as text or as JSON. */
class Report {
  writes = 0;
  private readonly options: Options;
  private readonly symbols: Symbols;
  private readonly output: Output;

  constructor(options: Options, symbols: Symbols, output: Output) {
    this.options = options;
    this.symbols = symbols;
    this.output = output;
  }

  armed(threads: number): void {
    const { pid, address, size } = this.options;
    const { limitation } = this.symbols;
    if (limitation !== null) this.output.error(`soft-dirty watchpoint: ${limitation}\n`);
    this.line(
      { event: 'armed', pid, address: hex(address), size, threads },
      `Watching writes to ${plural(size, 'byte')} at ${hex(address)} of process ${pid}`,
    );
  }

  show({ events, lost, values }: PolledWrites, limit: number): void {
    for (const event of events.slice(0, limit)) this.write(event, values);
    if (lost > 0)
      this.line({ event: 'lost', writes: lost }, `${plural(lost, 'more write')}: the buffer was full`);
  }

  paused(writes: number): void {
    this.line(
      { event: 'paused', writes },
      `${plural(writes, 'write')}: paused until the second is over (see --max-rate)`,
    );
  }

  detached(reason: string): void {
    const { writes } = this;
    this.line({ event: 'detached', reason, writes }, plural(writes, 'write'));
  }

  private write({ ip, tid, stack }: BreakpointEvent, values: PolledWrites['values']): void {
    this.writes++;
    // The exception is raised after the instruction; a return address is after its call.
    const place = this.symbols.place(ip - 1n);
    const callers = stack === null ? [] : callersOf(stack, this.symbols);
    const change = values && { before: hex(values.before), after: hex(values.after) };
    this.line(
      {
        event: 'write',
        address: hex(this.options.address),
        tid,
        ...placeJson(place),
        stack: callers.map(placeJson),
        ...change,
      },
      [`${tid}  ${placeText(place)}${change ? `  ${change.before} → ${change.after}` : ''}`]
        .concat(callers.map((caller) => `    ${placeText(caller)}`))
        .join('\n'),
    );
  }

  private line(json: object, text: string): void {
    this.output.out(this.options.json ? `${JSON.stringify(json)}\n` : `${text}\n`);
  }
}
