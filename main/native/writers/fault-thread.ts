/**
 * The thread that answers threads of the program that wait for an armed page. It does nothing else and never waits for another
 * thread of ours, since the program's threads wait for it; it is started by WriterWatch.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { tryCall } from '../syscalls/call.ts';
import { SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { makePrompt } from '../syscalls/prompt-ioctl.ts';
import type { FaultThreadData, FaultThreadMessage } from './messages.ts';
import { SyncUserfault } from './sync-userfault.ts';
import { type FirstWrite, WriterTracer } from './tracer.ts';

const POLLIN = 1;
/** Writes are sent after SEND_MS milliseconds, or as soon as there are MAX_BATCH of them. */
const SEND_MS = 20;
const MAX_BATCH = 256;
const MAX_WAIT_MS = 100;

const data = workerData as FaultThreadData;
const stop = new Int32Array(data.stop);

function send(message: FaultThreadMessage): void {
  parentPort?.postMessage(message);
}

function run(tracer: WriterTracer): void {
  const entries = new NativeBuffer(16);
  entries.i32[0] = tracer.fd;
  entries.u32[1] = POLLIN;
  entries.i32[2] = data.wake;
  entries.u32[3] = POLLIN;
  let writes: FirstWrite[] = [];
  let sentAt = performance.now();
  let pauses = 0;
  const flush = () => {
    if (writes.length > 0 || tracer.pauses !== pauses)
      send({ type: 'writes', writes, pauses: tracer.pauses, waitedMs: tracer.budget.totalWaitedMs });
    writes = [];
    pauses = tracer.pauses;
    sentAt = performance.now();
  };
  const visit = (write: FirstWrite) => void writes.push(write);
  tracer.begin();
  send({ type: 'armed', pages: tracer.memory.armedPages, skipped: [...tracer.memory.skipped.values()] });
  while (Atomics.load(stop, 0) === 0) {
    const now = performance.now();
    if (now >= tracer.nextMs) tracer.begin();
    if (writes.length >= MAX_BATCH || now - sentAt >= SEND_MS) flush();
    const left = Math.min(tracer.nextMs - now, writes.length > 0 ? SEND_MS : MAX_WAIT_MS);
    const timeoutMs = tracer.isResuming() ? 1 : Math.max(0, Math.ceil(left));
    tryCall(SYS.poll, entries.address, 2, timeoutMs);
    if (entries.u32[1] >>> 16 === 0) continue;
    const waited = performance.now() - now > BLOCKED_MS;
    tracer.handle(visit, waited ? performance.now() : undefined);
  }
  flush();
}

/** Poll returned later than this: it was waiting, and the fault came just then. */
const BLOCKED_MS = 0.05;

let userfault: SyncUserfault | undefined;
let tracer: WriterTracer | undefined;
try {
  makePrompt();
  userfault = new SyncUserfault(data.uffd);
  tracer = new WriterTracer(userfault, data.pagemap, data.options);
  run(tracer);
} catch (cause) {
  send({ type: 'failed', message: cause instanceof Error ? cause.message : String(cause) });
} finally {
  try {
    tracer?.close();
  } finally {
    userfault?.close();
    Atomics.store(stop, 1, 1);
  }
  const until = performance.now() + 2000;
  while (tracer?.isResuming() === true && performance.now() < until) tryCall(SYS.poll, 0, 0, 1);
}
