import { readSync } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { forEachMapsLine, parseMapsLine, type MapsVma } from '../process/maps.ts';
import { MAX_FRAME_BYTES } from './return-frame.ts';

/** Bytes below the stack pointer that belong to the running function (System V ABI, "red zone"). */
const RED_ZONE = 128n;
/** Distance to another thread's stack pointer at which a frame is safe from it. */
const CLEARANCE_PAGES = 16;

/** In the highest byte of a pagemap entry. */
const PRESENT_OR_SWAPPED = 0xc0;

/** The main thread's stack. Others are not used: a coroutine's may be too small for a frame. */
export function mainStack(maps: string): MapsVma | null {
  let stack: MapsVma | null = null;
  forEachMapsLine(maps, (line) => {
    if (line.endsWith('[stack]')) stack = parseMapsLine(line);
  });
  return stack;
}

/**
 * Where a frame can be placed, as the address of its end, or null if there is no safe place. For a thread on the main stack
 * directly below its stack pointer, as the kernel does it for a signal; for another thread at the far end of the main
 * stack, where no page was ever touched. `pagemap` is an open /proc/PID/pagemap.
 */
export function frameEnd(stack: MapsVma, stackPointer: bigint, pagemap: number): bigint | null {
  const start = BigInt(stack.start * PAGE_SIZE);
  const end = BigInt(stack.end * PAGE_SIZE);
  if (stackPointer > start && stackPointer < end) {
    const place = stackPointer - RED_ZONE;
    return place - BigInt(MAX_FRAME_BYTES) >= start ? place : null;
  }
  // The frame's own page may hold an earlier frame; the pages above it show how deep the stack ever was.
  const first = stack.start + MAX_FRAME_BYTES / PAGE_SIZE;
  if (first + CLEARANCE_PAGES > stack.end) return null;
  const entries = Buffer.alloc(CLEARANCE_PAGES * 8);
  if (readSync(pagemap, entries, 0, entries.length, first * 8) !== entries.length) return null;
  const untouched = entries.every((byte, i) => i % 8 !== 7 || (byte & PRESENT_OR_SWAPPED) === 0);
  return untouched ? start + BigInt(MAX_FRAME_BYTES) : null;
}
