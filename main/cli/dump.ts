import { createInterface } from 'node:readline';
import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { plural } from '#shared/plural.ts';
import { Dumper, type Taken } from '../dump/dumper.ts';
import { DumpSeries } from '../dump/dump-series.ts';
import { mergeDumps } from '../dump/merge.ts';
import type { NativeSource } from '../native/native-source.ts';
import { reportBeforeAttach } from './before-attach.ts';
import { EXIT_OK, type Command, type Output, withOptions } from './command.ts';
import {
  dumpSyntax,
  parseDumpOptions,
  type DumpOptions,
  type MergeDumps,
  type TakeDumps,
  type VerifyDumps,
} from './dump-options.ts';
import { restoreHugePages } from './restore-huge.ts';
import { formatSize, printable } from './terminal-text.ts';
import { Ending } from './watch-ending.ts';
import { WatchedProcess } from './watch-process.ts';

const notes = `Lines of --json:
  {"event":"attached","pid":N,"backend":"..."}
  {"event":"dump","number":N,"kind":"full|increment","pages":N,"bytes":N,"tookMs":ms,"stoppedMs":ms,"threads":N,
   "unread":N,"path":"DIR/0001"}
  {"event":"detached","reason":"count|interrupt|exit|exec|failed"}        last, after "attached"
  verify: {"dumps":N,"pages":N,"bytes":N}      merge: {"number":N,"pages":N,"bytes":N,"path":"DIR/0001"}

A dump contains pages with contents of their own: anonymous memory, shared memory, pages of private file mappings that were
written. Not included: unchanged pages of files, zero pages, devices. Memory whose writes cannot all be seen
(untracked, pinned) is in every dump. The files are described in main/dump/FORMAT.md.

Exit codes: 0 done; 1 failed, with the reason on standard error; 2 wrong usage.
`;

export const dumpCommand: Command = {
  syntax: dumpSyntax,
  notes,
  run: withOptions('dump', parseDumpOptions, run),
};

function run(options: DumpOptions, output: Output): Promise<number> {
  if (options.task === 'verify') return verify(options, output);
  return options.task === 'merge' ? merge(options, output) : take(options, output);
}

async function verify({ directory, json }: VerifyDumps, output: Output): Promise<number> {
  const series = DumpSeries.open(directory);
  series.verify();
  const dumps = series.manifests.length;
  const pages = series.manifests
    .flatMap((manifest) => manifest.pages)
    .reduce((sum, [, count]) => sum + count, 0);
  const bytes = pages * PAGE_SIZE;
  if (json) output.out(`${JSON.stringify({ dumps, pages, bytes })}\n`);
  else output.out(`${printable(directory)}: ${plural(dumps, 'dump')}, ${formatSize(bytes)}, all complete\n`);
  return EXIT_OK;
}

async function merge({ directory, out, number: asked, json }: MergeDumps, output: Output): Promise<number> {
  const series = DumpSeries.open(directory);
  series.verify();
  const number = asked ?? series.manifests.length;
  const { bytes, folder } = mergeDumps(series, number, out);
  if (json) output.out(`${JSON.stringify({ number, pages: bytes / PAGE_SIZE, bytes, path: folder })}\n`);
  else output.out(`${printable(folder)}: dumps 1 to ${number} merged, ${formatSize(bytes)}\n`);
  return EXIT_OK;
}

async function take(options: TakeDumps, output: Output): Promise<number> {
  const { pid, range, backend, huge, json } = options;
  await reportBeforeAttach('dump', pid, { huge, ...(backend && { backend }) }, output);
  const { source } = await WatchedProcess.attach({
    ...{ pid, backend, range, huge },
    ...{ freeze: true, exact: true, clearAnyway: false },
  });
  const ending = new Ending();
  ending.onSignals(() => process.exit(1));
  const requests = new Requests(options.onRequest, ending);
  let reason = 'failed';
  try {
    if (json) output.out(`${JSON.stringify({ event: 'attached', pid, backend: source.backend })}\n`);
    requireExact(source);
    source.onEvent((event) => {
      if (event.type === 'ended') ending.end(event.reason === 'exec' ? 'exec' : 'exit');
    });
    const dumper = new Dumper(source, options.directory, range);
    try {
      reason = await takeAll(dumper, options, requests, ending, output);
    } finally {
      dumper.close();
    }
    return EXIT_OK;
  } finally {
    requests.close();
    const restoration = options.restoreHuge ? await source.detach() : null;
    await source.close();
    if (json) output.out(`${JSON.stringify({ event: 'detached', reason })}\n`);
    await restoreHugePages(restoration, 'dump', ending, output);
    ending.release();
  }
}

/** Two programs that clear the same bits would each lack what the other one took. */
function requireExact(source: NativeSource): void {
  const { clearsForOthers } = source;
  if (clearsForOthers !== undefined)
    throw new InspectorError(
      'unsupported',
      clearsForOthers,
      'Use another backend, such as --backend compare.',
    );
}

async function takeAll(
  dumper: Dumper,
  { count, everyMs, json }: TakeDumps,
  requests: Requests,
  ending: Ending,
  output: Output,
): Promise<string> {
  const began = performance.now();
  for (let number = 1; number <= count; number++) {
    if (number > 1) {
      const wait = everyMs === null ? null : began + (number - 1) * everyMs - performance.now();
      if (!(await requests.next(wait))) return ending.reason ?? 'interrupt';
    }
    let taken: Taken;
    try {
      taken = await dumper.take();
    } catch (cause) {
      // What was dumped before stays valid.
      if (
        ending.programGone ||
        (cause instanceof InspectorError && cause.kind === 'program-ended' && number > 1)
      )
        return ending.reason ?? 'exit';
      throw cause;
    }
    output.out(json ? `${JSON.stringify(toJson(taken))}\n` : dumpLine(taken));
  }
  return 'count';
}

/** The requests for dumps: by time, by a line on standard input, by SIGUSR1. */
class Requests {
  private readonly ending: Ending;
  private waiting = 0;
  private wake: () => void = () => undefined;
  private readonly onSignal = () => this.ask();
  private readonly lines: ReturnType<typeof createInterface> | null;

  constructor(listens: boolean, ending: Ending) {
    this.ending = ending;
    this.lines = listens ? createInterface(process.stdin) : null;
    this.lines?.on('line', this.onSignal);
    if (listens) process.on('SIGUSR1', this.onSignal);
    ending.signal.addEventListener('abort', () => this.wake());
  }

  /** Resolves when the next dump is due, after `waitMs` (null: when asked); false if the dumping has ended. */
  async next(waitMs: number | null): Promise<boolean> {
    if (this.waiting === 0 && this.ending.reason === null) {
      await new Promise<void>((resolve) => {
        // A timer keeps this process alive while nothing else does.
        const timer =
          waitMs === null
            ? setInterval(() => undefined, MAX_TIMER_MS)
            : setTimeout(resolve, Math.max(0, waitMs));
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.wake = () => undefined;
    this.waiting = Math.max(0, this.waiting - 1);
    return this.ending.reason === null;
  }

  close(): void {
    this.lines?.close();
    process.off('SIGUSR1', this.onSignal);
    process.stdin.unref?.();
  }

  private ask(): void {
    this.waiting++;
    this.wake();
  }
}

/** The longest that a timer runs. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const toJson = ({ manifest, pages, bytes, tookMs, folder }: Taken) => ({
  event: 'dump',
  number: manifest.number,
  kind: manifest.kind,
  pages,
  bytes,
  tookMs: Math.round(tookMs * 1000) / 1000,
  stoppedMs: manifest.stoppedNs / 1e6,
  threads: manifest.threads,
  unread: manifest.unread.reduce((sum, [, count]) => sum + count, 0),
  path: folder,
});

function dumpLine({ manifest, pages, bytes, tookMs, folder }: Taken): string {
  const stopped = (manifest.stoppedNs / 1e6).toFixed(1);
  return `${printable(folder)}: ${plural(pages, 'page')}, ${formatSize(bytes)}, in ${tookMs.toFixed(0)} ms; stopped for ${stopped} ms\n`;
}
