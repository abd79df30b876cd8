import { readFileSync } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { parseMapsLine } from '../process/maps.ts';
import { call, tryCall } from '../syscalls/call.ts';
import { SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

const MADV_DOFORK = 11;
const SIGSEGV = 11;

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

/**
 * Runs `life`, which must end by exiting, in a child with only this thread; it may make system calls, and little else.
 * `parent` is called here with its pid. Returns the wait status.
 */
export function inChild(life: () => void, parent: (child: number) => void = () => undefined): number {
  const status = new NativeBuffer(8);
  for (let tries = 0; ; tries++) {
    // Repeated, since reading makes the heap grow.
    for (let i = 0; i < 8 && inheritHeap() > 0; i++);
    const child = call('fork', SYS.fork);
    if (child === 0) {
      life();
      tryCall(SYS.exit_group, 1);
    }
    parent(child);
    call('wait4', SYS.wait4, child, status.address, 0, 0);
    // A part of the heap that appeared just before was missing, before the child could do anything.
    if ((status.i32[0] & 0x7f) !== SIGSEGV || tries === 20) return status.i32[0];
  }
}
