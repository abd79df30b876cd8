import { AttachAttempt } from './attach-attempt.ts';
import { reportBeforeAttach } from './before-attach.ts';
import { EXIT_FAILED, EXIT_OK, type Command, type Output, withOptions } from './command.ts';
import { enlargePipe } from './pipe-room.ts';
import { printable } from './terminal-text.ts';
import { nothingMapped } from '../native/errors.ts';
import { memoryThread } from '../native/process/status.ts';
import { common, Mappings } from '../native/writers/mappings.ts';
import { Ending } from './watch-ending.ts';
import { JsonLines } from './watch-json.ts';
import { parseWatchOptions, WATCH_ACTIONS, watchSyntax, type WatchOptions } from './watch-options.ts';
import { PhaseBoundaries } from './phase-boundaries.ts';
import { PHASE_NOTES } from './phase-options.ts';
import { triggerNotes } from './trigger-options.ts';
import { WatchLoop } from './watch-loop.ts';
import { WatchedProcess } from './watch-process.ts';
import { LiveTable } from './watch-table.ts';

const notes = `Backends, best first; without --backend the best that works here ("soft-dirty probe"):
  write-protect  PAGEMAP_SCAN and userfaultfd: exact, Linux 6.7 or later
  soft-dirty     pagemap's bit 55 and clear_refs: exact with --freeze
  compare        contents are read and compared: slow, misses writes that change nothing
(preload is for programs that are launched from the window.)

The table shows, once a second, the VMAs by pages written. A terminal shows it on the alternate screen, as large as the
window; the last table remains when the watch ends. Elsewhere each table is a block of lines.

The lines of --json, and nothing else on standard output:
  {"event":"attached","pid":N,"backend":"...","atomic":true,"exceptions":[MAPPING,...]}  armed from here on
  {"event":"sample","t":ms,"written":[["0xADDR",pages],...],"pages":total,"cost":{...}}
  {"event":"mapping",MAPPING}        the tracking of a mapping changes here
  {"event":"backend","backend":"...","atomic":false,"reason":"..."}
  {"event":"mark","t":ms,"note":"..."}                of "soft-dirty mark" or a trigger
  {"event":"phase","t":ms,"note":"...","pages":N}       of "soft-dirty mark --phase": pages written since the last one
  {"event":"counts","intervals":N,"mappings":[{"start":"0x...","end":"0x...","name":"...","every":pages,"most":...,
   "periodic":...,"rare":...,"once":...,"periods":[[period,pages],...],
   "written":[["0xADDR",pages,count,"class",period or null],...]},...]}      with --counts, before the end
  {"event":"detached","reason":"duration|exit|exec|interrupt"}      always last
MAPPING is "start":"0x...","len":bytes,"name":"...","tracking":"sampled|compared|pinned|untracked|exact","reason":"...".
"atomic":true holds for every mapping that is not an exception. Pages that are pinned (buffers registered with io_uring,
RDMA, vfio) and rings of the kernel (io_uring, AIO, perf, packet sockets, KVM, dmabuf) change without being seen.
A sample also has these arrays if they are not empty; none of them counts as written:
  "touched"  present, was not before: written or read (first touch of a huge page, shared memory, moved by mremap)
  "hot"      written in interval after interval and sampled less often: not known in this one
  "gone"     had a page when the state was read before and has none now: MADV_DONTNEED, truncated, unmapped, reclaimed
             files. The state is read in each sample while that is cheap, otherwise at least once a second; memory that
             was mapped, written and unmapped between two readings is not seen.
Counts as written although contents stay: mlock of writable private memory, MADV_POPULATE_WRITE, pages moved with
MREMAP_DONTUNMAP, and those that mremap moves away and back between two samples.
A sample has each page written since the previous one, t milliseconds after the attach. The last one is taken before
detaching, so together they are exactly what was written in between (where "atomic" is true: with write-protect, and with
soft-dirty and --freeze; otherwise writes between reading and clearing can be missed). What the
program writes after the last sample is lost with its memory if it ends or calls exec. While the reader is slow,
samples are merged into one; nothing is lost.

Hot pages were reported as written before and have not been armed since. They are armed again every 2nd, 4th, 8th ... sample,
about once a second, and the sample after that reports them as written, or not. So all samples together report as written
exactly what was written, and what one reports as written or hot is all that can have been written in it. --exact has none.
"cost", once a second: "programShare" of the program's time that tracking takes (null until measured), "hotPages",
"hotEvery" (a hot page is armed at least once in so many samples), ...

--counts sorts the pages by how often they were written in the last M intervals of 1 / --hz seconds:
  every      in each of them
  periodic   in three or more at equal distances (within a tenth), never in two in a row, throughout; "period" is in intervals
  most       in half of them or more
  rare       in fewer
  once       in one

A program that opens a userfaultfd of its own (lazy restore of virtual machines, garbage collectors) needs what
write-protect uses: everything is released within some 10 ms of it, and the watch continues with soft-dirty or compare, or with "none" if neither works. What was written until the release is in the sample after the line "backend". Two seconds
later write-protect returns, with another such line, if the program only tracks writes with it (Wine) or closed it;
memory that it registered itself is not tracked.

What attaching can change (soft-dirty probe --pid N shows what applies to one process; the README has the whole table):
  stop             one thread stops for less than 1 ms: once
  first write      1 µs more for the first write to a page after a clear: every written page, once an interval
  huge pages       split by the first write after a clear, restored after detaching (not after kill -9)
  extra mappings   a tenth of what is left below vm.max_map_count, at most 1,000; they merge again after detaching
  finite waits     a wait with a timeout that was stopped is restarted and lasts longer: once, rarely
  mremap           EFAULT of a mapping that another mmap extended some milliseconds ago or that grows in small steps, and of
                   several mappings in one call (Linux 6.17)
  userfaultfd      EBUSY for the process's own UFFDIO_REGISTER until the inspector releases it, some 10 ms; each time if the
                   process closes it at once after the error (QEMU refuses background-snapshot while it is watched)
  MADV_COLLAPSE    EINVAL while it is watched
  soft-dirty bits  with --backend soft-dirty, CRIU or a garbage collector that reads them misses what is cleared

${PHASE_NOTES}
${triggerNotes(WATCH_ACTIONS)}
SIGINT, SIGTERM and SIGHUP take a last sample and detach, and so does the end of the reader.

Exit codes: 0 watched to the end: the duration is over, the program ended, or an interrupt; 1 it could not be attached
to, or the watch failed, with the reason on standard error; 2 wrong usage.
`;

export const watchCommand: Command = {
  syntax: watchSyntax,
  notes,
  run: withOptions('watch', parseWatchOptions, watch),
};

async function watch(options: WatchOptions, output: Output): Promise<number> {
  const stream = output.stream ?? process.stdout;
  const ending = new Ending();
  // Before attaching: from now on no signal ends the process between two steps.
  ending.onSignals(() => {
    output.error('soft-dirty watch: ended before all output was written\n');
    process.exit(EXIT_FAILED);
  });
  ending.onClosed(stream);
  let boundaries: PhaseBoundaries | null = null;
  try {
    const view = options.json ? new JsonLines(stream, output) : new LiveTable(stream, output, options.top);
    boundaries = new PhaseBoundaries(options.phases, (message) =>
      view.message(`soft-dirty watch: ${printable(message)}\n`),
    );
    const { pid, backend, huge } = options;
    const attempt = new AttachAttempt(pid);
    await reportBeforeAttach('watch', pid, { huge, ...(backend && { backend }) }, output);
    const watched = await attempt.step(() => WatchedProcess.attach(options, ending.signal));
    warnUnmapped(options, output);
    enlargePipe(stream);
    await new WatchLoop(watched, view, options, ending, output).run(attempt, boundaries);
    return EXIT_OK;
  } catch (cause) {
    // Attaching to a large address space may take seconds, and was cancelled.
    if (ending.signal.aborted && cause === ending.signal.reason) return EXIT_OK;
    throw cause;
  } finally {
    boundaries?.close();
    ending.release();
  }
}

/** A range in which nothing is mapped has no writes, as one has in which nothing is written. */
function warnUnmapped({ pid, range }: WatchOptions, output: Output): void {
  if (range === null) return;
  const mappings = new Mappings(memoryThread(pid));
  mappings.refresh();
  if (mappings.all.length === 0 || common(range, mappings.all).length > 0) return;
  output.error(
    `soft-dirty watch: ${nothingMapped(pid, range).message} What is mapped there later is watched.\n`,
  );
}
