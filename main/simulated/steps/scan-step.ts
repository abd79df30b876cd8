import { formatPage, PAGE_SIZE, pageOfAddress, pagesOfBytes } from '#shared/memory/page.ts';
import { ALL_PAGE_CATEGORIES, PAGE_CATEGORIES, type PageCategory } from '#shared/memory/uapi.ts';
import type { StepResult, StepOf } from '../../scenarios/steps.ts';
import { EFAULT, EINVAL, errnoName } from '../mm/errno.ts';
import type { MmStruct } from '../mm/mm-struct.ts';
import { pagemapScan } from '../pagemap/scan.ts';

/** sizeof(struct page_region). */
const REGION_BYTES = 24n;

/** PAGEMAP_SCAN with the checks of pagemap_scan_get_args(). */
export function scanStep(mm: MmStruct, step: StepOf<'pagemap_scan'>): StepResult {
  const refused = check(mm, step);
  if (refused < 0) return { errno: errnoName(refused) };
  const result = pagemapScan(mm, {
    start: pageOfAddress(step.start),
    end: pagesOfBytes(step.end),
    flags: Number(step.flags),
    vecLen: Number(step.vecLen),
    maxPages: step.maxPages === 0n ? Infinity : Number(step.maxPages),
    inverted: Number(step.inverted),
    mask: Number(step.mask),
    anyof: Number(step.anyof),
    returns: Number(step.returns),
  });
  if (result.ret < 0) return { errno: errnoName(result.ret) };
  const regions = result.regions.map((region) => ({
    start: formatPage(region.start),
    end: formatPage(region.end),
    categories: names(region.categories),
  }));
  return { ret: result.ret, walkEnd: formatPage(result.walkEnd), regions };
}

function check(mm: MmStruct, step: StepOf<'pagemap_scan'>): number {
  const limit = BigInt(mm.memory.taskPages) * BigInt(PAGE_SIZE);
  const categories = step.inverted | step.mask | step.anyof | step.returns;
  if ((step.flags & ~3n) !== 0n || (categories & ~BigInt(ALL_PAGE_CATEGORIES)) !== 0n) return EINVAL;
  if (step.start % BigInt(PAGE_SIZE) !== 0n) return EINVAL;
  if (step.end < step.start || step.end > limit) return EFAULT;
  if (step.vec === 'null') return step.vecLen > 0n ? EINVAL : 0;
  return step.vecLen * REGION_BYTES > limit ? EFAULT : 0;
}

function names(categories: number): PageCategory[] {
  return PAGE_CATEGORIES.filter((_, bit) => (categories & (1 << bit)) !== 0);
}
