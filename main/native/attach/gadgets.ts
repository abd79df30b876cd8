import { openSync, closeSync, readSync } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { forEachMapsLine, parseMapsLine, type MapsVma } from '../process/maps.ts';

/**
 * Instructions that every program already has and that the attach uses; nothing of the program is patched.
 * `restorer` is what signal handlers return to. With it and a `syscall; ret` a thread finds its own way back to what
 * it did, even if we are killed while it makes a call for us (see return-frame.ts).
 */
export interface Gadgets {
  /** Address of a `syscall` instruction, in the best case followed by `ret`. */
  readonly syscall: bigint;
  /** Address of `mov $15, %rax; syscall` (rt_sigreturn); null if the program has none, or no `syscall; ret`. */
  readonly restorer: bigint | null;
}

const SYSCALL = Buffer.from([0x0f, 0x05]);
const SYSCALL_RET = Buffer.from([0x0f, 0x05, 0xc3]);
/** Both encodings of `mov $15, rax`; glibc's and musl's is the first, which debuggers recognise handlers by. */
const RESTORERS = [
  Buffer.from([0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05]),
  Buffer.from([0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05]),
];
/** A mapping larger than this is not searched: libc's text is about 1.5 MiB. */
const MAX_BYTES = 64 << 20;

/** Searches the program's own code, libc first. `maps` is the text of its maps file; null if there is no `syscall`. */
export function findGadgets(pid: number, maps: string): Gadgets | null {
  const areas: MapsVma[] = [];
  forEachMapsLine(maps, (line) => {
    const vma = parseMapsLine(line);
    if (vma.exec && vma.read && vma.name !== '[vsyscall]') areas.push(vma);
  });
  areas.sort((a, b) => order(a) - order(b));
  let syscall: bigint | null = null;
  let syscallRet: bigint | null = null;
  let restorer: bigint | null = null;
  const fd = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const area of areas) {
      const code = readArea(fd, area);
      if (!code) continue;
      const base = BigInt(area.start * PAGE_SIZE);
      const at = (index: number) => (index < 0 ? null : base + BigInt(index));
      syscall ??= at(code.indexOf(SYSCALL));
      syscallRet ??= at(code.indexOf(SYSCALL_RET));
      for (const bytes of RESTORERS) restorer ??= at(code.indexOf(bytes));
      if (syscallRet !== null && restorer !== null) return { syscall: syscallRet, restorer };
    }
  } finally {
    closeSync(fd);
  }
  return syscall === null ? null : { syscall, restorer: null };
}

function order(area: MapsVma): number {
  if (/\/(libc[.-]|ld-musl)/.test(area.name)) return 0;
  return area.name === '[vdso]' ? 1 : 2;
}

function readArea(fd: number, area: MapsVma): Buffer | null {
  const bytes = (area.end - area.start) * PAGE_SIZE;
  if (bytes > MAX_BYTES) return null;
  const code = Buffer.alloc(bytes);
  try {
    const count = readSync(fd, code, 0, bytes, area.start * PAGE_SIZE);
    return code.subarray(0, count);
  } catch {
    return null;
  }
}
