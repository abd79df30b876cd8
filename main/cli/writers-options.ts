import { addressOfPage, pagesOfBytes, parseBytes } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { BadValue, decimal, oneOf, wholeNumber, MAX_SECONDS } from './option-values.ts';
import { namedRange } from './named-range.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { processNumber } from './process-options.ts';

/** Memory whose writers are shown: one of three. */
export type WritersTarget =
  | { readonly kind: 'range'; readonly start: bigint; readonly bytes: bigint }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'symbol'; readonly name: string };

export interface WritersOptions {
  readonly pid: number;
  readonly target: WritersTarget;
  readonly durationMs: number;
  readonly count: number;
  readonly intervalMs: number;
  readonly maxRate: number;
  readonly maxShare: number;
  readonly method: (typeof METHODS)[number];
  readonly stacks: boolean;
  readonly form: 'text' | 'json' | 'folded' | 'speedscope';
}

/** `wait`: synchronous write-protection. `faults`: sampled page faults beside asynchronous write-protection. */
export const METHODS = ['wait', 'faults'] as const;

/** End of the user address space, in bytes. */
const END_ADDRESS = 2n ** 47n;

export const writersSyntax = (): Syntax =>
  newSyntax('soft-dirty writers')
    .usage("--pid N (--range A+LEN | --name '[heap]' | --name NAME --ranges FILE | --symbol NAME) [options]")
    .description(
      'Shows which code writes to which pages of a running process: for each page the first write of each interval, with thread, function and source line. One thread is stopped for less than a millisecond at the beginning.',
    )
    .option('--pid <N>', 'the process (see "soft-dirty ps")')
    .option(
      '--range <A+LEN>',
      'LEN bytes from address A: hexadecimal with 0x, or decimal, with K, M, G or T for the binary units',
    )
    .option('--name <NAME>', "mappings of this name: '[heap]', '[anon:NAME]', a file's path or its last part")
    .option(
      '--ranges <FILE>',
      'named ranges as the window exports them, CSV or JSON: --name is the name of one of them',
    )
    .option('--symbol <NAME>', 'a global variable, by its name in the program or one of its libraries')
    .option('--duration <S>', 'end after S seconds; without it when interrupted or when the process ends')
    .option('--count <N>', 'end after N writes')
    .option(
      '--interval <S>',
      'interval after which every page is armed again; longer if there is much to arm',
      '0.1',
    )
    .option(
      '--method <NAME>',
      'faults: page faults are sampled, and nothing waits; wait: a thread that writes waits while its place is looked up, with risks (below)',
      'faults',
    )
    .option('--stacks', 'the callers of each write, inlined ones included', false)
    .option(
      '--max-rate <N>',
      'method wait: maximum writes a second; the rest of an interval with more is not seen',
      '1000',
    )
    .option(
      '--max-share <P>',
      'method wait: maximum share of its time that a thread may wait, in percent',
      '5',
    )
    .option('--json', 'one JSON object per line', false)
    .option('--folded', 'stacks with their counts at the end, as flame graph programs read them', false)
    .option('--speedscope', 'the same as a profile that speedscope opens', false);

/** Parses the arguments of `writers`; throws BadValue. */
export function parseWritersOptions(args: readonly string[]): WritersOptions {
  const { values } = parseArguments<{
    readonly pid?: string;
    readonly range?: string;
    readonly name?: string;
    readonly ranges?: string;
    readonly symbol?: string;
    readonly duration?: string;
    readonly count?: string;
    readonly interval: string;
    readonly method: string;
    readonly stacks: boolean;
    readonly maxRate: string;
    readonly maxShare: string;
    readonly json: boolean;
    readonly folded: boolean;
    readonly speedscope: boolean;
  }>(writersSyntax(), args);
  if (values.pid === undefined) throw new BadValue('which process? --pid N is missing');
  const forms = (['json', 'folded', 'speedscope'] as const).filter((form) => values[form]);
  if (forms.length > 1) throw new BadValue('--json, --folded and --speedscope exclude each other');
  const [form = 'text'] = forms;
  const seconds = (option: string, text: string, least: number) =>
    decimal(option, text, least, MAX_SECONDS, 'seconds') * 1000;
  return {
    pid: processNumber(values.pid),
    target:
      values.ranges === undefined
        ? target(values.range, values.name, values.symbol)
        : named(values.pid, values),
    durationMs: values.duration === undefined ? Infinity : seconds('--duration', values.duration, 0),
    count:
      values.count === undefined
        ? Infinity
        : wholeNumber('--count', values.count, 1, Number.MAX_SAFE_INTEGER),
    intervalMs: seconds('--interval', values.interval, 0.001),
    maxRate: wholeNumber('--max-rate', values.maxRate, 1, 10_000_000),
    maxShare: decimal('--max-share', values.maxShare, 0.01, 100, 'percent') / 100,
    method: oneOf('--method', values.method, METHODS),
    stacks: values.stacks || form === 'folded' || form === 'speedscope',
    form,
  };
}

function named(
  pid: string,
  {
    ranges = '',
    name,
    range,
    symbol,
  }: Readonly<Partial<Record<'ranges' | 'name' | 'range' | 'symbol', string>>>,
): WritersTarget {
  if (name === undefined || range !== undefined || symbol !== undefined)
    throw new BadValue('--ranges goes with --name');
  const { start, length } = namedRange(processNumber(pid), ranges, name);
  return { kind: 'range', start, bytes: length };
}

function target(range?: string, name?: string, symbol?: string): WritersTarget {
  if ([range, name, symbol].filter((value) => value !== undefined).length !== 1)
    throw new BadValue('which memory? One of --range A+LEN, --name NAME and --symbol NAME');
  if (name === '' || symbol === '') throw new BadValue('--name and --symbol take a name, not ""');
  if (name !== undefined) return { kind: 'name', name };
  if (symbol !== undefined) return { kind: 'symbol', name: symbol };
  const [first = '', length = '', ...rest] = (range ?? '').split('+');
  const [start, bytes] = [parseBytes(first), parseBytes(length)];
  if (start === null || bytes === null || rest.length > 0)
    throw new BadValue(
      `--range takes ADDRESS+LENGTH, such as 0x7f0000000000+64K, not ${JSON.stringify(range)}`,
    );
  if (bytes === 0n) throw new BadValue('--range has no bytes');
  if (start + bytes > END_ADDRESS)
    throw new BadValue('--range ends beyond 0x800000000000 (2^47), where the memory of programs ends');
  return { kind: 'range', start, bytes };
}

/** The pages that hold `bytes` bytes from `start` on. */
export function pagesOf(start: bigint, bytes: bigint): PageRange {
  const first = Number(start / 4096n);
  return { start: first, end: first + pagesOfBytes(start + bytes - addressOfPage(first)) };
}
