/**
 * PAGEMAP_SCAN with asynchronous write-protection, T56–T115, on a real process. Source of the cases:
 * tools/testing/selftests/mm/pagemap_ioctl.c.
 */
import { openSync, closeSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { randomWords } from '#shared/testing/random.ts';
import { takeDescriptor } from '../attach/take-descriptor.ts';
import { ERRNO, MMAP, PAGE_IS, PM_SCAN, SYS } from '../syscalls/constants.ts';
import { buildScripts, type BuiltScripts } from '../testing/built-scripts.ts';
import { rawScan, type RawRequest, type RawResult } from '../testing/raw-scan.ts';
import { Target } from '../testing/target.ts';
import { PagemapScan } from './pagemap-scan.ts';
import { RegionList } from './region-list.ts';
import { Userfault } from './userfault.ts';

const { WP_MATCHING } = PM_SCAN;
const WRITTEN = { mask: PAGE_IS.WRITTEN, inverted: 0, anyOf: 0, returned: PAGE_IS.WRITTEN };

let scripts: BuiltScripts;
let target: Target;
let userfault: Userfault;
let pagemap: number;

beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
  target = await Target.start(scripts.path('test-target'));
  userfault = new Userfault(takeDescriptor(target.pid).uffd);
  pagemap = openSync(`/proc/${target.pid}/pagemap`, 'r');
});
afterAll(async () => {
  userfault.close();
  closeSync(pagemap);
  await target.kill();
});

/** A part of the target's memory that is registered and protected. */
class Region {
  readonly page: number;
  readonly pages: number;

  constructor(page: number, pages: number) {
    this.page = page;
    this.pages = pages;
  }

  scan(request: Partial<RawRequest> & { from?: number; to?: number } = {}): RawResult {
    const { from = 0, to = this.pages, ...rest } = request;
    return rawScan(pagemap, { start: this.page + from, end: this.page + to, vecLen: this.pages, ...rest });
  }

  /** Protects pages `from` … `to` - 1. */
  arm(from = 0, to = this.pages): RawResult {
    return this.scan({ from, to, vecLen: 0, flags: WP_MATCHING });
  }

  write(...pages: number[]): Promise<number> {
    return target.write(...pages.map((page) => this.page + page));
  }

  fill(): Promise<number> {
    return target.fill(this.page, this.pages);
  }

  async even(): Promise<void> {
    await this.write(...Array.from({ length: Math.ceil(this.pages / 2) }, (_, i) => i * 2));
  }
}

async function armed(pages: number, options: { shared?: boolean; huge?: boolean } = {}): Promise<Region> {
  const page = await target.map(pages, options);
  expect(userfault.register(page, page + pages)).toBe(0);
  const region = new Region(page, pages);
  region.arm();
  return region;
}

describe('arguments', () => {
  it('T56: an empty range gives 0', async () => {
    const region = await armed(1000);
    expect(region.scan({ to: 0 })).toMatchObject({ n: 0, walkEnd: 0 });
  });

  it('T57–T59: a length without a buffer is an error, a buffer without a length and neither are not', async () => {
    const region = await armed(1000);
    expect(region.scan({ nullVec: true }).n).toBe(-ERRNO.EINVAL);
    expect(region.scan({ vecLen: 0 }).n).toBe(0);
    expect(region.scan({ vecLen: 0, flags: WP_MATCHING }).n).toBe(0);
  });

  it('T60, T61: unknown flags are an error', async () => {
    const region = await armed(1000);
    expect(region.scan({ flags: 4 }).n).toBe(-ERRNO.EINVAL);
    expect(region.scan({ flags: 0xff }).n).toBe(-ERRNO.EINVAL);
  });

  it('T63–T65: return_mask 0 is allowed, unknown category bits are an error', async () => {
    const region = await armed(1000);
    expect(region.scan({ returned: 0 }).n).toBe(0);
    await region.fill();
    expect(region.scan({ returned: 0 }).pages).toBe(1000);
    expect(region.scan({ returned: 0x1000 }).n).toBe(-ERRNO.EINVAL);
    expect(region.scan({ mask: 0x1000 }).n).toBe(-ERRNO.EINVAL);
  });
});

describe('get and write-protect', () => {
  it('T67: succeeds', async () => {
    const region = await armed(1000);
    expect(region.scan({ flags: WP_MATCHING }).n).toBeGreaterThanOrEqual(0);
  });

  it('T68: every even page written: 500 regions', async () => {
    const region = await armed(1000);
    await region.even();
    expect(region.scan()).toMatchObject({ n: 500, pages: 500 });
  });

  it('T69: what max_pages left over is still there', async () => {
    const region = await armed(1000);
    await region.even();
    const first = region.scan({ flags: WP_MATCHING, maxPages: 498 });
    const second = region.scan({ vecLen: 2 });
    const third = region.scan({ flags: WP_MATCHING });
    expect([first.pages + third.pages, second.pages]).toEqual([500, 2]);
  });

  it('T70: even pages and the last: 500, then 1', async () => {
    const region = await armed(1000);
    await region.even();
    await region.write(999);
    expect(region.scan({ flags: WP_MATCHING, maxPages: 500 }).pages).toBe(500);
    expect(region.scan({ flags: WP_MATCHING })).toMatchObject({ pages: 1, regions: [[999, 1]] });
  });

  it('T71: two pages taken out of the middle leave the rest in two regions', async () => {
    const region = await armed(1000);
    await region.fill();
    expect(region.scan({ flags: WP_MATCHING, from: 1, to: 3 }).pages).toBe(2);
    expect(region.scan().regions).toEqual([
      [0, 1],
      [3, 997],
    ]);
  });

  it('T72: arming one mapping leaves another', async () => {
    const one = await armed(1000);
    const two = await armed(1000);
    await one.fill();
    await two.fill();
    one.arm();
    expect(one.scan().n).toBe(0);
    expect(two.scan()).toMatchObject({ n: 1, pages: 1000 });
  });

  it('T73: three calls of at most 210 pages find 525', async () => {
    const region = await armed(1050);
    await region.even();
    const calls = [1, 2, 3].map(() => region.scan({ flags: WP_MATCHING, maxPages: 210 }).pages);
    expect(calls).toEqual([210, 210, 105]);
  });

  it('T74: 100 rounds of a random half, small vec, continued on walk_end: reads = writes', async () => {
    const region = await armed(10_000);
    const random = randomWords(1);
    for (let round = 0; round < 100; round++) {
      const selected = Array.from({ length: region.pages }, (_, i) => i).filter(() => random() >>> 31 === 1);
      await region.write(...selected);
      let read = 0;
      for (let from = 0; from < region.pages;) {
        const result = region.scan({ from, vecLen: 50, flags: WP_MATCHING });
        read += result.pages;
        from += result.walkEnd;
      }
      expect(read).toBe(selected.length);
    }
  });
});

describe('walk_end', () => {
  it('T75–T83: everything written', async () => {
    const region = await armed(1000);
    await region.fill();
    expect(region.scan({ to: 0 }).walkEnd).toBe(0);
    expect(region.scan({ vecLen: 1000 })).toMatchObject({ n: 1, walkEnd: 1000 });
    expect(region.scan({ vecLen: 1 })).toMatchObject({ n: 1, walkEnd: 1000 });
    expect(region.scan({ maxPages: 500 })).toMatchObject({ pages: 500, walkEnd: 500 });
    expect(region.scan({ maxPages: 1 })).toMatchObject({ pages: 1, walkEnd: 1 });
    expect(region.scan({ vecLen: 1, maxPages: 500 })).toMatchObject({ pages: 500, walkEnd: 500 });
  });

  it('T84–T90: every other page written', async () => {
    const region = await armed(1000);
    await region.even();
    expect(region.scan({ vecLen: 1000 })).toMatchObject({ n: 500, walkEnd: 1000 });
    expect(region.scan({ vecLen: 1 })).toMatchObject({ n: 1, walkEnd: 2 });
    expect(region.scan({ maxPages: 1 })).toMatchObject({ n: 1, walkEnd: 2 });
    expect(region.scan({ vecLen: 1000, maxPages: 500 })).toMatchObject({ n: 500 });
  });
});

describe.each([
  ['10 anonymous pages', 10, {}],
  ['5120 anonymous pages', 5120, {}],
  ['a huge page', 512, { huge: true }],
  ['shared anonymous memory', 1000, { shared: true }],
] as const)('T91–T96: %s', (_name, pages, options) => {
  it('reports what was written between two arms, and nothing else', async () => {
    const region = await armed(pages, options);
    expect(region.scan().n).toBe(0);
    await region.fill();
    expect(region.scan()).toMatchObject({ n: 1, pages });
    region.scan({ flags: WP_MATCHING });
    await region.write(...Array.from({ length: pages - 2 }, (_, i) => i + 1));
    expect(region.scan().regions).toEqual([[1, pages - 2]]);
    region.arm();
    expect(region.scan().n).toBe(0);
    await region.write(pages / 2);
    expect(region.scan()).toMatchObject({ pages: 1 });
    await region.write(pages / 2 + 1);
    expect(region.scan().regions).toEqual([[pages / 2, 2]]);
  });
});

describe('T97–T103: a huge page', () => {
  it('is clean when armed, all written when filled, and only the page that is written after that', async () => {
    const region = await armed(512, { huge: true });
    expect(region.scan().n).toBe(0);
    await region.fill();
    expect(region.scan({ flags: WP_MATCHING })).toMatchObject({ n: 1, pages: 512 });
    await region.write(256);
    expect(region.scan().regions).toEqual([[256, 1]]);
  });

  it('half armed: the other half is left', async () => {
    const region = await armed(512, { huge: true });
    await region.fill();
    region.arm(0, 256);
    expect(region.scan().regions).toEqual([[256, 256]]);
  });

  it('half the limit: 256, then the rest', async () => {
    const region = await armed(512, { huge: true });
    await region.fill();
    expect(region.scan({ flags: WP_MATCHING, maxPages: 256 }).regions).toEqual([[0, 256]]);
    expect(region.scan({ flags: WP_MATCHING }).regions).toEqual([[256, 256]]);
  });
});

describe('protections', () => {
  it('T112: memory without access is never written, for any sequence of mprotect', async () => {
    const region = await armed(12);
    const at = (page: number) => (region.page + page) * PAGE_SIZE;
    const none = MMAP.PROT_NONE;
    await target.call(SYS.mprotect, at(0), 12 * PAGE_SIZE, none);
    await target.call(SYS.mprotect, at(0), 4 * PAGE_SIZE, MMAP.PROT_READ | MMAP.PROT_WRITE);
    await target.call(SYS.mprotect, at(2), 4 * PAGE_SIZE, none);
    region.arm(0, 6);
    region.arm(6, 12);
    expect(region.scan().n).toBe(0);
  });

  it('T113, T114: pages that were only read are the zero page', async () => {
    const region = await armed(10);
    await target.send({ op: 'read', pages: Array.from({ length: 10 }, (_, i) => region.page + i) });
    const zero = { mask: PAGE_IS.PFNZERO, returned: PAGE_IS.PFNZERO };
    expect(region.scan(zero).regions).toEqual([[0, 10]]);
    expect(region.scan().n).toBe(0);
  });

  it('T115: memory given back reads as written in the fast form and is never in ours', async () => {
    const region = await armed(10);
    await region.fill();
    await target.call(SYS.madvise, region.page * PAGE_SIZE, 10 * PAGE_SIZE, MMAP.MADV_DONTNEED);
    expect(region.scan().pages).toBe(10);
    expect(region.scan({ anyOf: PAGE_IS.PRESENT | PAGE_IS.SWAPPED }).n).toBe(0);
  });
});

describe('PagemapScan', () => {
  it('takes more than 512 regions, and more than fit, each page once', async () => {
    const region = await armed(20_000);
    await region.even();
    const scan = new PagemapScan(pagemap);
    const range = [region.page, region.page + region.pages] as const;
    for (const capacity of [1, 511, 512, 513, 10_000, 20_000]) {
      const list = new RegionList(capacity);
      scan.scan(WRITTEN, 0, ...range, list);
      expect([list.count, list.pages]).toEqual([10_000, 10_000]);
      expect(list.toRuns().filter((_, i) => i % 2 === 0)).toEqual(
        Float64Array.from({ length: 10_000 }, (_, i) => region.page + i * 2),
      );
    }
    const list = new RegionList(7);
    scan.scan(WRITTEN, WP_MATCHING, ...range, list, 3001);
    expect(list.pages).toBe(3001);
    list.clear();
    scan.scan(WRITTEN, WP_MATCHING, ...range, list);
    expect(list.pages).toBe(10_000 - 3001);
    await region.even();
    scan.protect(WRITTEN, ...range, new RegionList(3));
    expect(region.scan().n).toBe(0);
  });
});
