/**
 * Tracks process PID (the first argument) from children of its own that are killed in the middle of it, and reports after
 * each death the state of PID, one JSON line each:
 *
 *   steps                at each step of an attach
 *   snapshot             at each step of a snapshot, in which every thread is stopped
 *   freeze               while every thread is stopped
 *   random N SEED        N times, after a random time, while it attaches, reads, takes a snapshot and detaches over and over
 *
 * Runs with --single-threaded: then a process of Node may fork, and a child costs a millisecond.
 */
import { ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { randomBelow } from '#shared/testing/random.ts';
import { ATTACH_STEPS, takeDescriptor, type AttachStep } from '../attach/take-descriptor.ts';
import { SNAPSHOT_STEPS, takeSnapshot, type SnapshotStep } from '../snapshot.ts';
import { ProcessFreezer } from '../process-freezer.ts';
import { sleepMicroseconds } from '../syscalls/calls.ts';
import { tryCall } from '../syscalls/call.ts';
import { SYS } from '../syscalls/constants.ts';
import { RegionList } from '../tracking/region-list.ts';
import { WriteProtectTracker } from '../tracking/write-protect-tracker.ts';
import { inChild } from './fork.ts';
import { marks, registeredVmas } from './marks.ts';

const SIGKILL = 9;
/** Longest life of a child in microseconds: several attaches. */
const LONGEST = 25_000;
/** Until the program runs again on a machine with much to do. */
const LONGEST_WAKE_MS = 5000;

const pid = Number(process.argv[2]);
const mode = process.argv[3];
const before = marks(pid);
const errorFile = openErrorFile();

function die(): void {
  tryCall(SYS.kill, tryCall(SYS.getpid), SIGKILL);
}

/** A file without a name for the error of a child, which would otherwise be lost. */
function openErrorFile(): number {
  const folder = mkdtempSync(join(tmpdir(), 'mortal-tracker-'));
  const fd = openSync(join(folder, 'error'), 'a+');
  rmSync(folder, { recursive: true });
  return fd;
}

/** Runs in a child. */
function keepingError(life: () => void): () => void {
  return () => {
    try {
      life();
    } catch (cause) {
      writeSync(errorFile, cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    }
  };
}

function takeError(): string | undefined {
  const text = readFileSync(`/proc/self/fd/${errorFile}`, 'utf8');
  ftruncateSync(errorFile);
  return text === '' ? undefined : text;
}

function report(status: number, what: object): void {
  // The kernel detaches within the tracer's exit; the program may be in uninterruptible sleep, or take some time to be scheduled.
  let now = marks(pid);
  const settled = () => now.tracer === 0 && 'SR'.includes(now.state) && now.blocked === before.blocked;
  for (let i = 0; i < LONGEST_WAKE_MS && !settled(); i++) {
    sleepMicroseconds(1000);
    now = marks(pid);
  }
  const state = { ...now, registered: registeredVmas(pid) };
  writeSync(1, `${JSON.stringify({ ...what, status, died: status & 0x7f, error: takeError(), ...state })}\n`);
}

/** The pages that a snapshot is taken of: the program's heap, as far as allowed. */
function heap(): [start: number, pages: number] {
  const line = /^(\w+)-(\w+) .*\[heap\]$/m.exec(readFileSync(`/proc/${pid}/maps`, 'latin1'));
  const [start, end] = [line?.[1], line?.[2]].map((text) => parseInt(text ?? '', 16) / PAGE_SIZE);
  return [start, Math.min(end - start, 64)];
}

function snapshot(tracker: WriteProtectTracker, onStep?: (step: SnapshotStep) => void): void {
  takeSnapshot({ pid, tracker, freezer: new ProcessFreezer(pid) }, ...heap(), onStep);
}

function attach(): WriteProtectTracker {
  return new WriteProtectTracker(pid, takeDescriptor(pid).uffd);
}

function attachAndRead(): void {
  const tracker = attach();
  try {
    tracker.clear();
    tracker.read('get-and-clear', new RegionList());
    snapshot(tracker);
  } finally {
    tracker.close();
  }
}

/** As the program does: a thread may need longer to stop on a machine with much to do. */
function againIfBusy(task: () => void): void {
  try {
    task();
  } catch (cause) {
    if (!(cause instanceof InspectorError) || cause.kind !== 'busy') throw cause;
  }
}

if (mode === 'snapshot') {
  for (const step of SNAPSHOT_STEPS) {
    const status = inChild(
      keepingError(() => snapshot(attach(), (reached) => (reached === step ? die() : undefined))),
    );
    report(status, { step });
  }
} else if (mode === 'freeze') {
  const status = inChild(
    keepingError(() => {
      const freezer = new ProcessFreezer(pid);
      freezer.during(() => undefined);
      freezer.during(die);
    }),
  );
  report(status, { step: 'frozen' });
} else if (mode === 'steps') {
  for (const step of ATTACH_STEPS) {
    const status = inChild(
      keepingError(() => {
        takeDescriptor(pid, (reached: AttachStep) => (reached === step ? die() : undefined));
      }),
    );
    report(status, { step });
  }
} else {
  const random = randomBelow(Number(process.argv[5]));
  for (let i = Number(process.argv[4]); i > 0; i--) {
    const microseconds = random(LONGEST);
    const status = inChild(
      keepingError(() => {
        for (;;) againIfBusy(attachAndRead);
      }),
      (child) => {
        sleepMicroseconds(microseconds);
        tryCall(SYS.kill, child, SIGKILL);
      },
    );
    report(status, { microseconds });
  }
}
