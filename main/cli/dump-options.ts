import type { PageRange } from '#shared/memory/range.ts';
import type { BackendName } from '#shared/source/backend.ts';
import { addHugeOptions, hugeChoice, type HugeChoice, type HugeValues } from './huge-options.ts';
import { BadValue, backendOf, decimal, wholeNumber } from './option-values.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { processNumber, range } from './process-options.ts';

const MAX_DUMPS = 1_000_000;
/** A week; setTimeout is limited to 24 days. */
const MAX_EVERY_SECONDS = 604_800;

/** Parsed arguments of `dump`. */
export type DumpOptions = TakeDumps | VerifyDumps | MergeDumps;

export interface TakeDumps extends HugeChoice {
  readonly task: 'take';
  readonly pid: number;
  readonly directory: string;
  /** Null: all memory. */
  readonly range: PageRange | null;
  readonly backend: BackendName | null;
  /** Milliseconds between two dumps; null: only when asked. */
  readonly everyMs: number | null;
  /** Number of dumps after which it ends. */
  readonly count: number;
  /** Whether lines on standard input and SIGUSR1 request dumps. */
  readonly onRequest: boolean;
  readonly json: boolean;
}

export interface VerifyDumps {
  readonly task: 'verify';
  readonly directory: string;
  readonly json: boolean;
}

export interface MergeDumps {
  readonly task: 'merge';
  readonly directory: string;
  readonly out: string;
  /** Null: the last. */
  readonly number: number | null;
  readonly json: boolean;
}

export const dumpSyntax = (): Syntax =>
  addHugeOptions(
    newSyntax('soft-dirty dump')
      .usage('--pid N (--all | --range A+LEN) --dir DIR [options] | verify DIR | merge DIR --out DIR')
      .description(
        'Dumps the memory of a running process: first all of it, then repeatedly only the pages that were written since. All threads are stopped for each dump, for as long as it takes to read what was written. "verify" checks a directory of dumps, "merge" makes one full dump of it.',
      )
      .argument('[WORDS...]', '"verify DIR" or "merge DIR"')
      .option('--pid <N>', 'the process (see "soft-dirty ps")')
      .option('--all', 'all of its memory', false)
      .option(
        '--range <A+LEN>',
        'only this part of it: start of a page and bytes, such as 0x7f0000000000+64M',
      )
      .option('--dir <DIR>', 'a new or empty directory, which gets DIR/0001, DIR/0002, …')
      .option(
        '--every <S>',
        'take one every S seconds ("5" or "5s") until it is interrupted or the program ends',
      )
      .option('--on-request', 'take one for each line on standard input and each SIGUSR1', false)
      .option('--count <N>', 'end after N dumps; 1 without --every and --on-request')
      .option('--out <DIR>', 'merge: a new or empty directory')
      .option('--number <N>', 'merge: up to this dump instead of the last')
      .option('--backend <NAME>', 'tracking method (see "soft-dirty watch --help")'),
  ).option('--json', 'one JSON object per line', false);

interface Values extends HugeValues {
  readonly pid?: string;
  readonly all: boolean;
  readonly range?: string;
  readonly dir?: string;
  readonly every?: string;
  readonly onRequest: boolean;
  readonly count?: string;
  readonly out?: string;
  readonly number?: string;
  readonly backend?: string;
  readonly json: boolean;
}

/** Reads the words after `dump`; throws BadValue with what is wrong. */
export function parseDumpOptions(args: readonly string[]): DumpOptions {
  const { values, words } = parseArguments<Values>(dumpSyntax(), args);
  const [task, directory, ...more] = words;
  if (task === undefined) return takeOptions(values);
  if (task !== 'verify' && task !== 'merge')
    throw new BadValue(`unknown task ${JSON.stringify(task)}: verify or merge`);
  if (directory === undefined || more.length > 0) throw new BadValue(`${task} takes one directory`);
  const { out, number, json } = values;
  if (task === 'verify') return { task, directory, json };
  if (out === undefined || out === '') throw new BadValue('--out DIR is missing');
  return {
    task,
    directory,
    out,
    json,
    number: number === undefined ? null : wholeNumber('--number', number, 1, MAX_DUMPS),
  };
}

function takeOptions(values: Values): TakeDumps {
  if (values.pid === undefined) throw new BadValue('which process? --pid N is missing');
  if (values.dir === undefined || values.dir === '') throw new BadValue('--dir DIR is missing');
  if (values.all === (values.range !== undefined))
    throw new BadValue('which memory? Give either --all or --range A+LEN');
  const everyMs =
    values.every === undefined
      ? null
      : decimal('--every', values.every.replace(/s$/, ''), 0.001, MAX_EVERY_SECONDS, 'seconds') * 1000;
  const repeats = everyMs !== null || values.onRequest;
  const count =
    values.count === undefined
      ? repeats
        ? MAX_DUMPS
        : 1
      : wholeNumber('--count', values.count, 1, MAX_DUMPS);
  if (count > 1 && !repeats) throw new BadValue('when are the others taken? Give --every or --on-request');
  return {
    task: 'take',
    pid: processNumber(values.pid),
    directory: values.dir,
    range: values.range === undefined ? null : rangeOf(values.range),
    backend: values.backend === undefined ? null : backendOf(values.backend),
    everyMs,
    count,
    onRequest: values.onRequest,
    json: values.json,
    ...hugeChoice(values),
  };
}

function rangeOf(text: string): PageRange {
  const [, start, len] = /^([^+]+)\+([^+]+)$/.exec(text) ?? [];
  const pages = range(start, len);
  if (pages === null)
    throw new BadValue(`--range takes A+LEN, such as 0x7f0000000000+64M, not ${JSON.stringify(text)}`);
  return pages;
}
