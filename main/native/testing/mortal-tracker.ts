/**
 * Tracks process PID (the first argument) from children of its own that are killed in the middle of it, and tells after
 * each death how PID is, one JSON line each:
 *
 *   steps                at each step of an attach
 *   random N SEED        N times, after a random time, while it attaches, reads and detaches over and over
 *
 * Runs with --single-threaded: then a process of Node may fork, and a child costs a millisecond.
 */
import { writeSync } from 'node:fs';
import { ATTACH_STEPS, takeDescriptor, type AttachStep } from '../attach/take-descriptor.ts';
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

const pid = Number(process.argv[2]);
const mode = process.argv[3];
const before = marks(pid);

function die(): void {
  tryCall(SYS.kill, tryCall(SYS.getpid), SIGKILL);
}

/** What a child does; an error is said, since nobody else would. */
function orSay(life: () => void): () => void {
  return () => {
    try {
      life();
    } catch (cause) {
      writeSync(2, `${String(cause)}\n`);
    }
  };
}

function tell(what: object): void {
  // The kernel lets go within the tracer's exit; the program may take a moment to be scheduled.
  let now = marks(pid);
  const settled = () => now.tracer === 0 && now.state !== 't' && now.blocked === before.blocked;
  for (let i = 0; i < 500 && !settled(); i++) {
    sleepMicroseconds(1000);
    now = marks(pid);
  }
  writeSync(1, `${JSON.stringify({ ...what, ...now, registered: registeredVmas(pid) })}\n`);
}

if (mode === 'steps') {
  for (const step of ATTACH_STEPS) {
    const status = inChild(
      orSay(() => {
        takeDescriptor(pid, (reached: AttachStep) => (reached === step ? die() : undefined));
      }),
    );
    tell({ step, died: status & 0x7f });
  }
} else {
  let state = Number(process.argv[5]) >>> 0;
  for (let i = Number(process.argv[4]); i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const microseconds = Math.round((state / 2 ** 32) * LONGEST);
    const status = inChild(
      orSay(() => {
        for (;;) {
          const tracker = new WriteProtectTracker(pid, takeDescriptor(pid).uffd);
          tracker.clear();
          tracker.read('get-and-clear', new RegionList());
          tracker.close();
        }
      }),
      (child) => {
        sleepMicroseconds(microseconds);
        tryCall(SYS.kill, child, SIGKILL);
      },
    );
    tell({ microseconds, died: status & 0x7f });
  }
}
