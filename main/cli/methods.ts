import { type LabSize, LAB_SIZE } from '#shared/methods/methods.ts';
import { runLab } from '../methods/run-lab.ts';
import { EXIT_OK, type Command, withOptions, type Output } from './command.ts';
import { interruptible } from './interruptible.ts';
import { methodsText } from './methods-text.ts';
import { BadValue, byteCount, wholeNumber } from './option-values.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';

const MIN_BYTES = 2 ** 21;
const MAX_BYTES = 2 ** 30;
const MAX_THREADS = 64;

const syntax = (): Syntax =>
  newSyntax('soft-dirty methods')
    .usage('[--size BYTES] [--percent P,…] [--threads N,…] [--json]')
    .description(
      'Measures every way to find out which pages a program writes, on this machine, in a separate program and in about half a minute: soft-dirty bits, PAGEMAP_SCAN with asynchronous write-protection, userfaultfd with a handler, mprotect with SIGSEGV, comparison of contents. For each: the first write to a page, a scan, a re-arm, with 4 KiB and with huge pages.',
    )
    .option('--size <BYTES>', 'tracked memory; 32M by default')
    .option('--percent <P,…>', 'pages written in each interval, in percent; 1,10,100 by default')
    .option('--threads <N,…>', 'threads that write them; 1,2,4,8 by default')
    .option('--budget <MS>', 'time in milliseconds for one case of one method; 200 by default')
    .option('--json', 'one JSON object', false);

const notes = `Times are medians over the rounds that fit into the time. An interval is every first write, one scan and one re-arm, or
the atomic step that does both.

The object of --json: {"kernel", "processors", "size", "methods": [{"method", "reason"}], "rows": [{"method", "pages":
"small|huge", "percent", "threads", "rounds", "written", "missed", "extra", "firstNs", "plainNs", "scanNs", "armNs",
"takeNs", "hugeBefore", "hugeAfter"}], "tookMs"}: "reason" is null if the method works; "missed" are written pages that were
not found, "extra" found ones that were not written; "plainNs" is the second write to a page; "takeNs" a scan that arms in
the same atomic step, null if there is none.

Exit codes: 0 done; 1 failed, with the reason on standard error; 2 wrong usage.
`;

interface Values {
  readonly size?: string;
  readonly percent?: string;
  readonly threads?: string;
  readonly budget?: string;
  readonly json: boolean;
}

function parse(args: readonly string[]): { size: LabSize; json: boolean } {
  const { values } = parseArguments<Values>(syntax(), args);
  const { size, percent, threads, budget, json } = values;
  return {
    json,
    size: {
      bytes: size === undefined ? LAB_SIZE.bytes : memorySize(size),
      percents: percent === undefined ? LAB_SIZE.percents : numbers('--percent', percent, 100),
      threads: threads === undefined ? LAB_SIZE.threads : numbers('--threads', threads, MAX_THREADS),
      budgetMs: budget === undefined ? LAB_SIZE.budgetMs : wholeNumber('--budget', budget, 1, 10_000),
    },
  };
}

/** Whole huge pages. */
function memorySize(text: string): number {
  const bytes = byteCount('--size', text, MIN_BYTES);
  if (bytes > MAX_BYTES) throw new BadValue(`--size takes at most 1G, not ${JSON.stringify(text)}`);
  return bytes - (bytes % MIN_BYTES);
}

/** At most 8, without a repetition. */
function numbers(option: string, text: string, max: number): number[] {
  const found = [...new Set(text.split(',').map((part) => wholeNumber(option, part, 1, max)))];
  if (found.length > 8) throw new BadValue(`${option} takes at most 8 numbers`);
  return found;
}

export const methodsCommand: Command = {
  syntax,
  notes,
  run: withOptions('methods', parse, run),
};

async function run({ size, json }: ReturnType<typeof parse>, output: Output): Promise<number> {
  const report = await interruptible((signal) => runLab(size, undefined, signal));
  output.out(json ? `${JSON.stringify(report, null, 1)}\n` : methodsText(report));
  return EXIT_OK;
}
