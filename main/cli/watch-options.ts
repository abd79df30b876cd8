import { parseArgs } from 'node:util';
import {
  PAGE_SIZE,
  USER_PAGES_5_LEVEL,
  formatPage,
  pageOfAddress,
  pagesOfBytes,
  parseBytes,
} from '#shared/memory/page.ts';
import type { PageRange } from '#shared/memory/range.ts';
import type { BackendName } from '#shared/source/backend.ts';
import { HUGE_OPTIONS, hugeChoice, type HugeChoice } from './huge-options.ts';
import { backendOf, BadValue, decimal, wholeNumber } from './option-values.ts';

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
  /** Stop the program for the moment of each sample, where only that is exact. */
  readonly freeze: boolean;
  /** Arm every page in each sample, also those that are written all the time. */
  readonly exact: boolean;
  /** Clear although another program uses the same bits. */
  readonly clearAnyway: boolean;
  /** Rows of the table. */
  readonly top: number;
  readonly json: boolean;
}

export const MOST_SECONDS = 1e9;
/** PID_MAX_LIMIT of 64-bit kernels. */
const MOST_PID = 2 ** 22;

/** Reads the words after `watch`; throws BadValue, or parseArgs' own error, with what is wrong. */
export function parseWatchOptions(args: readonly string[]): WatchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pid: { type: 'string' },
      hz: { type: 'string', default: '20' },
      duration: { type: 'string' },
      start: { type: 'string' },
      len: { type: 'string' },
      backend: { type: 'string' },
      freeze: { type: 'boolean', default: false },
      exact: { type: 'boolean', default: false },
      'clear-anyway': { type: 'boolean', default: false },
      top: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
      ...HUGE_OPTIONS,
    },
  });
  if (values.pid === undefined) throw new BadValue('which process? --pid N is missing');
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
        : decimal('--duration', values.duration, 0.001, MOST_SECONDS, 'seconds') * 1000,
    range: range(values.start, values.len),
    backend: name,
    freeze: values.freeze,
    exact: values.exact,
    clearAnyway: values['clear-anyway'],
    top: wholeNumber('--top', values.top, 1, 10_000),
    json: values.json,
    ...hugeChoice(values),
  };
}

/** The process that `--pid` names. */
export function processNumber(text: string): number {
  return wholeNumber('--pid', text, 1, MOST_PID);
}

/** `--start` and `--len` as whole pages, null without either; throws BadValue. */
export function range(start: string | undefined, len: string | undefined): PageRange | null {
  if (start === undefined && len === undefined) return null;
  if (start === undefined || len === undefined) throw new BadValue('--start and --len go together');
  const from = bytes('--start', start);
  const length = bytes('--len', len);
  const first = pageOfAddress(from);
  if (from % BigInt(PAGE_SIZE) !== 0n) {
    throw new BadValue(
      `--start ${start} is not the start of a page; its page starts at ${formatPage(first)}`,
    );
  }
  if (length === 0n) throw new BadValue('--len 0 is an empty range');
  const end = first + pagesOfBytes(length);
  if (end > USER_PAGES_5_LEVEL)
    throw new BadValue('the range goes beyond the memory that a program can have');
  return { start: first, end };
}

function bytes(option: string, text: string): bigint {
  const value = parseBytes(text);
  if (value !== null) return value;
  throw new BadValue(
    `${option} takes bytes: hexadecimal with 0x, or decimal, with K, M, G or T; not ${JSON.stringify(text)}`,
  );
}
