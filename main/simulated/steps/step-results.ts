import { formatPage, PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import type {
  HugepagesResult,
  PagemapResult,
  PagemapRun as PagemapRunResult,
  PtesResult,
  StepResult,
  VmasResult,
} from '../../scenarios/steps.ts';
import { errnoName } from '../mm/errno.ts';
import type { IoctlResult } from '../soft-dirty/ioctl-arguments.ts';
import {
  pagemap,
  PM_FILE,
  PM_GUARD_REGION,
  PM_MMAP_EXCLUSIVE,
  PM_PRESENT,
  PM_SOFT_DIRTY,
  PM_SWAP,
  PM_UFFD_WP,
} from '../pagemap/pagemap.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { hugePages, pageTableRuns, smaps } from '../pagemap/views.ts';

/** Pages [start, end) that the views of a scenario list. */
export interface PageWindow {
  readonly start: number;
  readonly end: number;
}

/** {ret} or {errno}; with `asAddress` what the call returns is a page, and the result its address. */
export function callResult(ret: number, asAddress = false): StepResult {
  if (ret < 0) return { errno: errnoName(ret) };
  return { ret: asAddress ? ret * PAGE_SIZE : ret };
}

/** The result of an ioctl; offsets count from `start`. */
export function ioctlResult(result: IoctlResult, command: string, start: bigint): StepResult {
  const defects = result.defects.length === 0 ? {} : { defects: result.defects };
  if (result.crash !== undefined) return { crash: result.crash, defects: result.defects };
  if (result.ret < 0) return { errno: errnoName(result.ret), ...defects };
  if (command === 'CLEAR') return { ret: result.ret, ...defects };
  const first = pageOfAddress(start);
  const vecRuns: [number, number][] = [];
  result.runs.forEach((from, to) => vecRuns.push([(from - first) * PAGE_SIZE, to - from]));
  return { ret: result.ret, vecRuns, ...defects };
}

/** Pages [start, end) of pagemap; the file ends with the address space. */
export function pagemapResult(mm: MmStruct, start: number, end: number): PagemapResult {
  const stop = Math.max(start, Math.min(end, mm.memory.taskPages));
  const runs: PagemapRunResult[] = pagemap(mm, start, stop).map((run) => ({
    page: run.start - start,
    count: run.end - run.start,
    present: (run.bits & PM_PRESENT) !== 0,
    softDirty: (run.bits & PM_SOFT_DIRTY) !== 0,
    swapped: (run.bits & PM_SWAP) !== 0,
    fileOrShared: (run.bits & PM_FILE) !== 0,
    exclusive: (run.bits & PM_MMAP_EXCLUSIVE) !== 0,
    ...((run.bits & PM_UFFD_WP) === 0 ? {} : { uffdWp: true as const }),
    ...((run.bits & PM_GUARD_REGION) === 0 ? {} : { guard: true as const }),
  }));
  return { ret: stop - start, runs };
}

export function vmasResult(mm: MmStruct, window: PageWindow): VmasResult {
  const vmas = smaps(mm, window.start, window.end).map((vma) => ({
    start: formatPage(vma.start),
    end: formatPage(vma.end),
    perms: vma.permissions,
    sd: vma.softDirty,
    anonHugeKb: vma.anonHugeKb,
    flags: vma.flags,
  }));
  return { ret: 0, vmas };
}

export function ptesResult(mm: MmStruct, window: PageWindow): PtesResult {
  const ptes = pageTableRuns(mm, window.start, window.end).map((run) => ({
    addr: formatPage(run.start),
    pages: run.end - run.start,
    level: run.level,
    writable: run.writable,
  }));
  return { ret: 0, ptes };
}

export function hugepagesResult(mm: MmStruct, window: PageWindow): HugepagesResult {
  const huge = hugePages(mm, window.start, window.end).map(({ page, writable }) => ({
    addr: formatPage(page),
    writable,
  }));
  return { ret: 0, huge };
}
