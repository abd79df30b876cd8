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
import { BACKEND_NAMES, type BackendName } from '#shared/source/backend.ts';

export interface WatchOptions {
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
  /** Rows of the table. */
  readonly top: number;
  readonly json: boolean;
}

/** What is wrong with the words after `watch`. */
export class BadOption extends Error {}

const MOST_SECONDS = 1e9;

/** Reads the words after `watch`; throws BadOption, or parseArgs' own error, with what is wrong. */
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
      top: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  });
  if (values.pid === undefined) throw new BadOption('which process? --pid N is missing');
  const name = backend(values.backend);
  if (values.freeze && name !== null && name !== 'soft-dirty') {
    throw new BadOption(`--freeze is for soft-dirty; ${name} never stops the program for a sample`);
  }
  return {
    pid: wholeNumber('--pid', values.pid, Number.MAX_SAFE_INTEGER),
    hz: decimal('--hz', values.hz, 0.1, 1000, 'samples a second'),
    duration:
      values.duration === undefined
        ? null
        : decimal('--duration', values.duration, 0.001, MOST_SECONDS, 'seconds') * 1000,
    range: range(values.start, values.len),
    backend: name,
    freeze: values.freeze,
    top: wholeNumber('--top', values.top, 10_000),
    json: values.json,
  };
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= most) return value;
  const limits = most === Number.MAX_SAFE_INTEGER ? 'above 0' : `from 1 to ${most}`;
  throw new BadOption(`${option} takes a whole number ${limits}, not ${JSON.stringify(text)}`);
}

function decimal(option: string, text: string, least: number, most: number, unit: string): number {
  const value = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new BadOption(`${option} takes ${least} to ${most} ${unit}, not ${JSON.stringify(text)}`);
}

function range(start: string | undefined, len: string | undefined): PageRange | null {
  if (start === undefined && len === undefined) return null;
  if (start === undefined || len === undefined) throw new BadOption('--start and --len go together');
  const from = bytes('--start', start);
  const length = bytes('--len', len);
  const first = pageOfAddress(from);
  if (from % BigInt(PAGE_SIZE) !== 0n) {
    throw new BadOption(
      `--start ${start} is not the start of a page; its page starts at ${formatPage(first)}`,
    );
  }
  if (length === 0n) throw new BadOption('--len 0 is an empty range');
  const end = first + pagesOfBytes(length);
  if (end > USER_PAGES_5_LEVEL)
    throw new BadOption('the range goes beyond the memory that a program can have');
  return { start: first, end };
}

function bytes(option: string, text: string): bigint {
  const value = parseBytes(text);
  if (value !== null) return value;
  throw new BadOption(
    `${option} takes bytes: hexadecimal with 0x, or decimal, with K, M, G or T; not ${JSON.stringify(text)}`,
  );
}

function backend(name: string | undefined): BackendName | null {
  if (name === undefined) return null;
  const found = BACKEND_NAMES.find((known) => known === name);
  if (found) return found;
  throw new BadOption(`there is no backend ${JSON.stringify(name)}; there are ${BACKEND_NAMES.join(', ')}`);
}
