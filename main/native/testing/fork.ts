import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { parseMapsLine } from '../process/maps.ts';
import { call, tryCall } from '../syscalls/call.ts';
import { sleepMicroseconds } from '../syscalls/calls.ts';
import { SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

const MADV_DOFORK = 11;
const SIGSEGV = 11;
const SIGKILL = 9;
const WNOHANG = 1;
const MAX_TRIES = 20;

let libcFork: (() => number) | null = null;

/** glibc's: unlike the bare system call it leaves its own locks (malloc's) free in the child. */
function fork(): number {
  libcFork ??= (createRequire(import.meta.url)('koffi') as typeof Koffi)
    .load(null)
    .func('fork', 'int', []) as unknown as () => number;
  return libcFork();
}

/** V8 keeps its heap out of children (MADV_DONTFORK, "dc" in smaps); ours need it. Returns how many areas it kept. */
function inheritHeap(): number {
  let areas = 0;
  let area = '';
  for (const line of readFileSync('/proc/self/smaps', 'latin1').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) area = line;
    if (!/^VmFlags:.* dc( |$)/.test(line)) continue;
    const vma = parseMapsLine(area);
    tryCall(SYS.madvise, vma.start * PAGE_SIZE, (vma.end - vma.start) * PAGE_SIZE, MADV_DOFORK);
    areas++;
  }
  return areas;
}

/** Waits for the child, and kills it after `maxMs`. @returns whether it ended by itself */
function ended(child: number, status: NativeBuffer, maxMs: number): boolean {
  const until = performance.now() + maxMs;
  while (call('wait4', SYS.wait4, child, status.address, maxMs === Infinity ? 0 : WNOHANG, 0) === 0) {
    if (performance.now() > until) {
      call('kill', SYS.kill, child, SIGKILL);
      call('wait4', SYS.wait4, child, status.address, 0, 0);
      return false;
    }
    sleepMicroseconds(200);
  }
  return true;
}

/**
 * Runs `life`, which must end by exiting, in a child with only this thread; it may make system calls, and little else.
 * `parent` is called here with its pid. Returns the wait status.
 *
 * @param maxMs a child that takes longer waits for a lock of V8 that another thread had: it is killed, and there is another one
 */
export function inChild(
  life: () => void,
  parent: (child: number) => void = () => undefined,
  maxMs = Infinity,
): number {
  const status = new NativeBuffer(8);
  for (let tries = 0; ; tries++) {
    // Repeated, since reading makes the heap grow.
    for (let i = 0; i < 8 && inheritHeap() > 0; i++);
    const child = fork();
    if (child < 0) throw new Error('fork failed');
    if (child === 0) {
      // Node reads it once, when it starts: the engine would take threads that this child still holds for another tracer's.
      Object.defineProperty(process, 'pid', { value: tryCall(SYS.getpid) });
      life();
      tryCall(SYS.exit_group, 1);
    }
    parent(child);
    const byItself = ended(child, status, maxMs);
    // A part of the heap that appeared just before was missing, before the child could do anything.
    const again = !byItself || (status.i32[0] & 0x7f) === SIGSEGV;
    if (!again || tries === MAX_TRIES) return status.i32[0];
  }
}
