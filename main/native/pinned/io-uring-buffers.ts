import type { PageRange } from '#shared/memory/range.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';

/**
 * The buffers registered with an io_uring, in pages, as /proc/PID/fdinfo/FD lists them (io_uring/fdinfo.c): after the
 * line `UserBufs: N` one `INDEX: 0xADDRESS/LENGTH` each. Null if they are not listed: the ring was locked by a call.
 */
export function parseRegisteredBuffers(fdinfo: string): PageRange[] | null {
  const at = fdinfo.search(/^UserBufs:/m);
  if (at < 0) return null;
  const ranges: PageRange[] = [];
  for (const line of fdinfo.slice(at).split('\n').slice(1)) {
    const match = /^\s*\d+:\s*0x([0-9a-f]+)\/(\d+)$/.exec(line);
    if (match === null) break;
    const start = Number.parseInt(match[1], 16);
    const bytes = Number(match[2]);
    if (bytes === 0) continue;
    ranges.push({ start: Math.floor(start / PAGE_SIZE), end: Math.ceil((start + bytes) / PAGE_SIZE) });
  }
  return ranges;
}
