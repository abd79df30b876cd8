import { setTimeout as sleep } from 'node:timers/promises';
import { formatPage } from '#shared/memory/page.ts';
import { rangePages, type PageRange } from '#shared/memory/range.ts';
import type { BackendName } from '#shared/source/backend.ts';
import { MAX_SNAPSHOT_PAGES, type Snapshot } from '#shared/source/snapshot.ts';
import { plural } from '#shared/plural.ts';
import { checkFree, planesOf, snapshotJson, writeSnapshot } from '../session/snapshot-file.ts';
import { AttachAttempt } from './attach-attempt.ts';
import { reportBeforeAttach } from './before-attach.ts';
import { EXIT_OK, type Command, type Output, withOptions } from './command.ts';
import { addHugeOptions, hugeChoice, type HugeChoice, type HugeValues } from './huge-options.ts';
import { addNamedRange, rangeOption, type RangeValues } from './named-range.ts';
import { backendOf, BadValue, decimal, MAX_SECONDS } from './option-values.ts';
import { restoreHugePages } from './restore-huge.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { Ending } from './watch-ending.ts';
import { processNumber } from './process-options.ts';
import { WatchedProcess } from './watch-process.ts';

const syntax = (): Syntax =>
  addNamedRange(
    addHugeOptions(
      newSyntax('soft-dirty snapshot')
        .usage('--pid N (--start A --len L | --name NAME --ranges FILE) --out FILE [options]')
        .description(
          'Takes a consistent snapshot of a range of a running process: every thread is stopped (about 0.1 ms each), the contents and state of the pages are read, and the process is resumed.',
        )
        .option('--pid <N>', 'the process (see "soft-dirty ps")')
        .option(
          '--start <A>',
          'first byte: hexadecimal with 0x, or decimal, with K, M, G or T for the binary units; the start of a page',
        )
        .option('--len <L>', `bytes, rounded up to whole pages; at most ${MAX_SNAPSHOT_PAGES / 256} MiB`)
        .option(
          '--out <FILE>',
          'gets the contents, page after page; pages that were not read are zeros. An existing file is refused',
        )
        .option('--after <S>', 'track for S seconds first, and report which pages were written')
        .option('--backend <NAME>', 'tracking method (see "soft-dirty watch --help")'),
    ),
  ).option('--json', 'report what was taken as one JSON object', false);

const notes = `The object of --json:
  {"start":"0xADDR","pages":N,"file":"...","threads":N,"stoppedMs":ms,"read":[["0xADDR",pages],...],
   "unmapped":[["0xADDR",pages],...],"planes":{"present":[["0xADDR",pages],...],...}}               with --after also "written"
Pages that are not in "read": holes of anonymous memory, which hold zeros; guards, memory without the right to read, and
pages of files that are not in memory, whose contents are not known; and those of "unmapped", which no mapping has.

Exit codes: 0 taken; 1 failed, or nothing is mapped there: the reason is on standard error, and no file is left; 2 wrong usage.
`;

interface Options extends HugeChoice {
  readonly pid: number;
  readonly range: PageRange;
  readonly file: string;
  /** Milliseconds; null: writes are not reported. */
  readonly after: number | null;
  readonly backend: BackendName | null;
  readonly json: boolean;
}

export const snapshotCommand: Command = {
  syntax,
  notes,
  run: withOptions('snapshot', parse, run),
};

interface Values extends HugeValues, RangeValues {
  readonly pid?: string;
  readonly out?: string;
  readonly after?: string;
  readonly backend?: string;
  readonly json: boolean;
}

function parse(args: readonly string[]): Options {
  const { values } = parseArguments<Values>(syntax(), args);
  if (values.pid === undefined) throw new BadValue('--pid N is missing');
  const pages = rangeOption(values.pid, values);
  if (pages === null) throw new BadValue('--start A and --len L are missing');
  if (values.out === undefined || values.out === '') throw new BadValue('--out FILE is missing');
  return {
    pid: processNumber(values.pid),
    range: pages,
    file: values.out,
    after:
      values.after === undefined ? null : decimal('--after', values.after, 0, MAX_SECONDS, 'seconds') * 1000,
    backend: values.backend === undefined ? null : backendOf(values.backend),
    json: values.json,
    ...hugeChoice(values),
  };
}

async function run(options: Options, output: Output) {
  const { pid, range: pages, file, after, backend: name, json, huge, restoreHuge } = options;
  // Before the program is touched.
  checkFree(file);
  const attempt = new AttachAttempt(pid);
  await reportBeforeAttach('snapshot', pid, { huge, ...(name && { backend: name }) }, output);
  const { source } = await attempt.step(() =>
    WatchedProcess.attach({
      ...{ pid, backend: name, range: pages, huge },
      ...{ freeze: false, exact: true, clearAnyway: false },
    }),
  );
  try {
    const take = () => source.snapshot(pages.start, rangePages(pages));
    if (after !== null) await sleep(after);
    const snapshot = await (after === null ? attempt.step(take) : take());
    writeSnapshot(file, snapshot.bytes);
    output.out(
      json
        ? `${JSON.stringify(snapshotJson(snapshot, file, after !== null))}\n`
        : snapshotText(snapshot, file, after),
    );
    return EXIT_OK;
  } finally {
    const restoration = restoreHuge ? await source.detach() : null;
    await source.close();
    const ending = new Ending();
    ending.onSignals(() => undefined);
    await restoreHugePages(restoration, 'snapshot', ending, output);
    ending.release();
  }
}

function snapshotText(snapshot: Snapshot, file: string, after: number | null): string {
  const { start, pages, threads, stoppedNs, read, unmapped } = snapshot;
  const planes = planesOf(snapshot, after !== null).map(([name, runs]) => `${name} ${count(runs)}`);
  const state = planes.length === 0 ? 'no page is in memory' : planes.join(', ');
  return [
    `${plural(pages, 'page')} from ${formatPage(start)} in ${file}, the contents of ${count(read)} of them`,
    ...(unmapped.length === 0
      ? []
      : [
          `${plural(count(unmapped), 'page is', 'pages are')} not mapped and zeros in the file: ${runsText(unmapped)}`,
        ]),
    `pages by state: ${state}`,
    `${plural(threads, 'thread was', 'threads were')} stopped for ${(stoppedNs / 1e6).toFixed(2)} ms`,
    '',
  ].join('\n');
}

/** Runs that are listed in words; --json has all of them. */
const MAX_RUNS = 4;

function runsText(runs: Float64Array): string {
  const words = [];
  for (let i = 0; i < runs.length; i += 2)
    words.push(`${formatPage(runs[i])}-${formatPage(runs[i] + runs[i + 1])}`);
  const more = words.length - MAX_RUNS;
  return [...words.slice(0, MAX_RUNS), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

function count(runs: Float64Array): number {
  return runs.reduce((sum, pages, i) => (i % 2 === 1 ? sum + pages : sum), 0);
}
