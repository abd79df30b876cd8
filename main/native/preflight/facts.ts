import { readdir, readFile, readlink } from 'node:fs/promises';
import type { PreflightFacts } from '#shared/contract/preflight.ts';
import type { ProcessStatus } from '../process/status.ts';
import { countHugePages } from './huge-pages.ts';
import { HUGE_TILE_KIB } from './units.ts';

/** Maximum number of descriptors read; in programs with more, most are connections. */
const MAX_DESCRIPTORS = 20_000;

/**
 * Reads what attaching depends on from files in /proc; the process is not touched. smaps_rollup, which holds mmap_lock over
 * each mapping that it walks through, is only read where the kernel has no PAGEMAP_SCAN.
 */
export async function readFacts(pid: number, status: ProcessStatus): Promise<PreflightFacts> {
  const maps = await read(`/proc/${pid}/maps`);
  const scanned = maps === null ? null : countHugePages(pid, maps);
  const [rollup, limit, links] = await Promise.all([
    scanned === null ? read(`/proc/${pid}/smaps_rollup`) : null,
    read('/proc/sys/vm/max_map_count'),
    descriptors(pid),
  ]);
  const count = (fits: (link: string) => boolean) => links?.filter(fits).length ?? null;
  return {
    threads: status.threads,
    vmas: maps === null ? null : lines(maps),
    maxVmas: Number(limit ?? 65530),
    hugePages: scanned ?? (rollup === null ? null : hugePages(rollup)),
    sharedMappings: maps === null ? null : (maps.match(/^\S+ .w.s /gm)?.length ?? 0),
    seccomp: status.seccomp,
    tracer: status.tracerPid,
    userfaultfds: count((link) => link === 'anon_inode:[userfaultfd]'),
    ioUrings: count((link) => link === 'anon_inode:[io_uring]'),
    softDirtyFiles: count((link) => /^\/proc\/\d+\/(task\/\d+\/)?(pagemap|clear_refs)$/.test(link)),
  };
}

/** Huge pages in a smaps_rollup: those of anonymous memory, of shared memory and of files. */
export function hugePages(rollup: string): number {
  let kib = 0;
  for (const [, value] of rollup.matchAll(/^(?:AnonHugePages|ShmemPmdMapped|FilePmdMapped):\s*(\d+) kB$/gm))
    kib += Number(value);
  return kib / HUGE_TILE_KIB;
}

const lines = (text: string) => text.split('\n').length - 1;

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return null;
  }
}

/** What the open descriptors are; null if they may not be read. */
async function descriptors(pid: number): Promise<string[] | null> {
  const folder = `/proc/${pid}/fd`;
  try {
    const names = (await readdir(folder)).slice(0, MAX_DESCRIPTORS);
    const links: string[] = [];
    // In batches: one by one each would wait for a thread of the pool.
    for (let i = 0; i < names.length; i += 64) {
      const some = names.slice(i, i + 64).map((name) => readlink(`${folder}/${name}`).catch(() => ''));
      links.push(...(await Promise.all(some)));
    }
    return links;
  } catch {
    return null;
  }
}
