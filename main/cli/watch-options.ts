import { PAGE_SIZE, formatPage, pageOfAddress, pagesOfBytes, parseBytes } from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { MAX_COUNTED_INTERVALS, MIN_COUNTED_INTERVALS } from '#shared/memory/write-counts.ts';
import type { BackendName } from '#shared/source/backend.ts';
import { addHugeOptions, hugeChoice, type HugeChoice, type HugeValues } from './huge-options.ts';
import { backendOf, BadValue, decimal, wholeNumber } from './option-values.ts';
import { newSyntax, parseWords, type Syntax } from './syntax.ts';

export interface WatchOptions extends HugeChoice {
  readonly pid: number;
  /** Samples a second. */
  readonly hz: number;
  /** Milliseconds; null: until it is interrupted or the program ends. */
  readonly duration: number | null;
  /** In pages; null: all memory of the program. */
  readonly range: PageRange | null;
  /** Null: the best that works. */
  readonly backend: BackendName | null;
  /** Stop the program during each sample, where only that is exact. */
  readonly freeze: boolean;
  /** Arm every page in each sample, also those that are written all the time. */
  readonly exact: boolean;
  /** Clear although another program uses the same bits. */
  readonly clearAnyway: boolean;
  /** Intervals of which the writes to each page are counted; null: none. */
  readonly counts: number | null;
  /** Rows of the table. */
  readonly top: number;
  readonly json: boolean;
}

export const MAX_SECONDS = 1e9;
/** Where programs' memory ends: above it the kernel gives memory only by request (five page table levels). */
const END_PAGE = 2 ** 35;
const END_ADDRESS = BigInt(END_PAGE) * BigInt(PAGE_SIZE);
/** PID_MAX_LIMIT of 64-bit kernels. */
const MAX_PID = 2 ** 22;

/** What `watch` takes. */
export function watchSyntax(): Syntax {
  const syntax = newSyntax('soft-dirty watch')
    .usage('--pid N [options]')
    .description(
      'Attaches to a running process, shows which pages it writes, and detaches. The process is stopped for less than a millisecond at the beginning (with --freeze at each sample) and is left running, also when this program is killed.',
    )
    .option('--pid <N>', 'the process (see "soft-dirty ps")')
    .option('--hz <N>', 'samples a second, 0.1 to 1000', '20')
    .option(
      '--duration <S>',
      'end after S seconds; without it the watch ends when it is interrupted or the program ends',
    )
    .option(
      '--start <A>',
      'only bytes from here on: hexadecimal with 0x, or decimal, with K, M, G or T for the binary units; the start of a page',
    )
    .option('--len <L>', 'and so many of them, rounded up to whole pages')
    .option('--backend <NAME>', 'how writes are seen')
    .option(
      '--freeze',
      'stop the program during each sample (about 0.1 ms a thread), which makes soft-dirty exact',
      false,
    )
    .option(
      '--exact',
      'arm every page in each sample; without it pages that are written all the time are armed less often where that would cost the program more than some 2 % of its time. New mappings are registered at once, so mremap of what was mapped in several calls fails with EFAULT',
      false,
    );
  return addHugeOptions(syntax)
    .option(
      '--clear-anyway',
      'soft-dirty bits that another program uses too (it has pagemap or clear_refs open: some garbage collectors, CRIU) are only read without this: each sample has what was not written at the one before',
      false,
    )
    .option(
      '--counts <M>',
      `at the end, in how many of the last M intervals (${MIN_COUNTED_INTERVALS} to ${MAX_COUNTED_INTERVALS}) each page was written, by mapping; every page is armed in each sample, as with --exact`,
    )
    .option('--top <N>', 'rows of the table', '20')
    .option('--json', 'one JSON object a line instead of the table', false);
}

interface Values extends HugeValues {
  readonly pid?: string;
  readonly hz: string;
  readonly duration?: string;
  readonly start?: string;
  readonly len?: string;
  readonly backend?: string;
  readonly freeze: boolean;
  readonly exact: boolean;
  readonly clearAnyway: boolean;
  readonly counts?: string;
  readonly top: string;
  readonly json: boolean;
}

/** Parses the arguments of `watch`; throws BadValue. */
export function parseWatchOptions(args: readonly string[]): WatchOptions {
  const { values } = parseWords<Values>(watchSyntax(), args);
  if (values.pid === undefined) throw new BadValue('--pid N is missing');
  const name = values.backend === undefined ? null : backendOf(values.backend);
  if (values.freeze && name !== null && name !== 'soft-dirty') {
    throw new BadValue(`--freeze is for soft-dirty; ${name} never stops the program for a sample`);
  }
  return {
    pid: processNumber(values.pid),
    hz: decimal('--hz', values.hz, 0.1, 1000, 'samples a second'),
    duration:
      values.duration === undefined
        ? null
        : decimal('--duration', values.duration, 0.001, MAX_SECONDS, 'seconds') * 1000,
    range: range(values.start, values.len),
    backend: name,
    freeze: values.freeze,
    exact: values.exact || values.counts !== undefined,
    clearAnyway: values.clearAnyway,
    counts:
      values.counts === undefined
        ? null
        : wholeNumber('--counts', values.counts, MIN_COUNTED_INTERVALS, MAX_COUNTED_INTERVALS),
    top: wholeNumber('--top', values.top, 1, 10_000),
    json: values.json,
    ...hugeChoice(values),
  };
}

/** The process that `--pid` names. */
export function processNumber(text: string): number {
  return wholeNumber('--pid', text, 1, MAX_PID);
}

/** `--start` and `--len` as whole pages, null without either; throws BadValue. */
export function range(start: string | undefined, len: string | undefined): PageRange | null {
  if (start === undefined && len === undefined) return null;
  if (start === undefined || len === undefined) throw new BadValue('--start and --len go together');
  const from = bytes('--start', start);
  const length = bytes('--len', len);
  // Before anything is computed in page numbers, which are exact below 2^53 alone.
  if (from + length > END_ADDRESS)
    throw new BadValue(
      `the range ends beyond ${formatPage(END_PAGE)} (2^47), where the memory of programs ends`,
    );
  const first = pageOfAddress(from);
  if (from % BigInt(PAGE_SIZE) !== 0n) {
    throw new BadValue(
      `--start ${start} is not the start of a page; its page starts at ${formatPage(first)}`,
    );
  }
  if (length === 0n) throw new BadValue('--len 0 is an empty range');
  return { start: first, end: first + pagesOfBytes(length) };
}

function bytes(option: string, text: string): bigint {
  const value = parseBytes(text);
  if (value !== null) return value;
  throw new BadValue(
    `${option} takes bytes: hexadecimal with 0x, or decimal, with K, M, G or T; not ${JSON.stringify(text)}`,
  );
}
