import { InspectorError } from '#shared/contract/errors.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { isNamed } from '#shared/memory/vma.ts';
import { checkReadable } from '../native/attach/preconditions.ts';
import { Symbols } from '../native/symbols/symbols.ts';
import { findVariable } from '../native/symbols/variable.ts';
import { Mappings } from '../native/writers/mappings.ts';
import type { FirstWrite } from '../native/writers/tracer.ts';
import { type WatchEnd, WriterWatch } from '../native/writers/writer-watch.ts';
import { EXIT_FAILED, EXIT_OK, type Command, type Output, withOptions } from './command.ts';
import { printable } from './terminal-text.ts';
import { Ending } from './watch-ending.ts';
import { pagesOf, parseWritersOptions, writersSyntax, type WritersOptions } from './writers-options.ts';
import { FaultsWatch } from './writers-faults.ts';
import { WritersReport } from './writers-report.ts';

const notes = `Lines of --json:
  {"event":"armed","pid":N,"pages":N,"skipped":[{"start":"0x...","end":"0x...","name":"...","reason":"..."}]}     first
  {"event":"write","address":"0x...","tid":N,"function":"...","module":"...","offset":"0x...","file":"...","line":N,
   "stack":[{"function":...,"module":...,"offset":...,"file":...,"line":...},...]}        null if not known
                            "stack" has the callers, innermost first, with --stacks; otherwise it is empty.
                            It ends with the function "[callers not known]" if further callers cannot be found
  {"event":"detached","reason":"duration|count|interrupt|exit|exec|userfaultfd|failed","writes":N,"pauses":N,"waitedMs":N}    last

"address" is the first byte written. "tid" 0 is a thread of another process (process_vm_writev, a debugger). "offset" is the
instruction's address in the file of "module", as addr2line takes it; if a system call wrote (read, recv), that of the call.
"pauses" are intervals that were cut short by --max-rate or --max-share; "waitedMs" is what all threads waited together.

Only the first writer of a page in an interval is shown: for every write to a few bytes use "soft-dirty watchpoint".

--method faults attaches as "soft-dirty watch" does, and finds by the kernel's page faults (perf) which code wrote first to each
page of a sample. Nothing waits and no call of the program can fail. It needs kernel.perf_event_paranoid at 2 or less, or
root; writes by system calls (read, recv) have a writer with 1 or less, or for root.

--method wait uses synchronous write-protection, within --max-rate and --max-share. Two things can go wrong in the program, so it is used
only on request: a PI mutex (PTHREAD_PRIO_INHERIT) on an armed page can fail in the kernel, which aborts the program;
and the end of a thread whose word for that (CLONE_CHILD_CLEARTID) is on an armed page is not marked, so that a join waits
forever. The words of glibc's threads, and of PI mutexes that are waited for at the beginning of an interval, are left out; those of musl
and other runtimes are not known. Private mappings of files (.data of programs and libraries) cannot be armed. A huge page is
armed as a whole; where huge pages appear by themselves, memory without pages is not armed until it has some. The program
needs CAP_SYS_PTRACE, as root's programs have, or vm.unprivileged_userfaultfd=1; otherwise it is not touched.

Exit codes: 0 watched to the end; 1 failed, with the reason on standard error; 2 wrong usage.
`;

export const writersCommand: Command = {
  syntax: writersSyntax,
  notes,
  run: withOptions('writers', parseWritersOptions, run),
};

async function run(options: WritersOptions, output: Output): Promise<number> {
  const { pid, durationMs, count, intervalMs, maxRate, maxShare, stacks } = options;
  checkReadable(pid);
  const ending = new Ending<WatchEnd>();
  ending.onSignals(() => undefined);
  // A stopped inspector would leave threads of the program waiting.
  const onStop = () => ending.end('interrupt');
  process.on('SIGTSTP', onStop);
  if (output.stream) ending.onClosed(output.stream);
  const symbols = new Symbols(pid);
  const report = new WritersReport(options, symbols, output);
  let failure: string | null = null;
  const waiting: FirstWrite[] = [];
  let watch: WriterWatch | FaultsWatch | null = null;
  try {
    const ranges = memoryOf(options, symbols);
    const onWrites = (writes: readonly FirstWrite[]) => void waiting.push(...writes);
    const onEnd = (reason: WatchEnd, message: string | null) => {
      failure = message;
      ending.end(reason);
    };
    const what = { ranges, intervalMs, stacks, onWrites, onEnd };
    watch =
      options.method === 'faults'
        ? await FaultsWatch.start(pid, what)
        : await WriterWatch.start(pid, { ...what, maxRate, maxShare });
    if (watch.pages === 0) throw nothingArmed(options, watch);
    report.armed(watch);
    const begin = performance.now();
    while (ending.reason === null && report.writes < count) {
      const left = durationMs - (performance.now() - begin);
      if (left <= 0) ending.end('duration');
      else await ending.wait(Math.min(left, POLL_MS));
      show(waiting, report, count);
    }
    // The program is released before the last names are looked up.
    await watch.stop();
    show(waiting, report, count);
    report.detached(ending.reason ?? 'count', watch);
    if (failure !== null) output.error(`soft-dirty writers: ${printable(failure)}\n`);
    return failure === null ? EXIT_OK : EXIT_FAILED;
  } finally {
    process.off('SIGTSTP', onStop);
    await watch?.stop();
    symbols.close();
    ending.release();
  }
}

const POLL_MS = 20;

function show(waiting: FirstWrite[], report: WritersReport, count: number): void {
  for (const write of waiting.splice(0)) if (report.writes < count) report.write(write);
}

function memoryOf({ pid, target }: WritersOptions, symbols: Symbols): PageRange[] {
  if (target.kind === 'range') return [pagesOf(target.start, target.bytes)];
  if (target.kind === 'symbol') {
    const symbol = findVariable(symbols, pid, target.name);
    return [pagesOf(symbol.address, BigInt(Math.max(1, symbol.bytes)))];
  }
  const mappings = new Mappings(pid);
  mappings.refresh();
  const ranges = mappings.all.filter((mapping) => isNamed(mapping, target.name));
  if (ranges.length === 0)
    throw new InspectorError(
      'bad-request',
      `Process ${pid} has no mapping ${JSON.stringify(target.name)}.`,
      `See the names in /proc/${pid}/maps.`,
    );
  return ranges;
}

function nothingArmed(
  { pid, target }: WritersOptions,
  { skipped }: Pick<WriterWatch, 'skipped'>,
): InspectorError {
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  return new InspectorError(
    'unsupported',
    reasons.length > 0
      ? `Nothing of this memory can be armed: ${reasons.join('; ')}.`
      : `Process ${pid} has no writable memory there.`,
    target.kind === 'symbol'
      ? 'For a few bytes use "soft-dirty watchpoint".'
      : 'Select anonymous or shared memory.',
  );
}
