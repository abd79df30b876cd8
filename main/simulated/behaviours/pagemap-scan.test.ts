import { describe, expect, it } from 'vitest';
import { randomBelow } from '#shared/testing/random.ts';
import type { PagemapScanResult, StepResult, StepOf } from '../../scenarios/steps.ts';
import { Subject } from '../testing/subject.ts';

const WP_MATCHING = 1n;
const CHECK_WPASYNC = 2n;
const WRITTEN = 2n;

type Wanted = Partial<Omit<StepOf<'pagemap_scan'>, 'op'>>;

/** The regions of PAGEMAP_SCAN as [first page, end], for pages that are written. */
class ScanSubject extends Subject {
  raw(page: number, pages: number, wanted: Wanted = {}): StepResult {
    const { addr: start, len } = this.range(page, pages);
    return this.run({
      ...{ op: 'pagemap_scan', start, end: start + len, flags: 0n, vecLen: 1000n, maxPages: 0n },
      ...{ inverted: 0n, mask: WRITTEN, anyof: 0n, returns: WRITTEN },
      ...wanted,
    });
  }

  private success(page: number, pages: number, wanted: Wanted): PagemapScanResult {
    const result = this.raw(page, pages, wanted);
    if (!('regions' in result)) throw new Error(JSON.stringify(result));
    return result;
  }

  scan(page: number, pages: number, wanted: Wanted = {}): [from: number, to: number][] {
    const base = this.range(0, 0).addr;
    const at = (address: string): number => Number((BigInt(address) - base) / 4096n);
    return this.success(page, pages, wanted).regions.map(({ start, end }) => [at(start), at(end)]);
  }

  /** get + write-protect. */
  take(page: number, pages: number, wanted: Wanted = {}): [from: number, to: number][] {
    return this.scan(page, pages, { flags: WP_MATCHING | CHECK_WPASYNC, ...wanted });
  }

  walkEnd(page: number, pages: number, wanted: Wanted = {}): number {
    const { walkEnd } = this.success(page, pages, wanted);
    return Number((BigInt(walkEnd) - this.range(0, 0).addr) / 4096n);
  }

  /** Registered, and everything write-protected. */
  arm(page: number, pages: number): void {
    this.ok({ op: 'uffd_register', ...this.range(page, pages) });
    this.ok({ op: 'uffd_writeprotect', ...this.range(page, pages) });
  }

  writeEven(pages: number): void {
    for (let page = 0; page < pages; page += 2) this.write(page);
  }
}

function armed(pages = 1000, prepare: (subject: ScanSubject) => void = () => undefined): ScanSubject {
  const subject = new ScanSubject();
  subject.map(0, pages);
  prepare(subject);
  subject.arm(0, pages);
  return subject;
}

const count = (regions: readonly [number, number][]): number =>
  regions.reduce((sum, [from, to]) => sum + to - from, 0);

/** PAGEMAP_SCAN with asynchronous write-protection: those of T56 to T115 of scenarios/BEHAVIOURS.md that need no real process. */
describe('arguments', () => {
  it('T56: an empty range', () => {
    expect(armed().raw(5, 0)).toMatchObject({ ret: 0 });
  });

  it('T57, T58, T59: vec and vec_len must go together, or both be empty', () => {
    const subject = armed();
    expect(subject.raw(0, 10, { vec: 'null', vecLen: 5n })).toEqual({ errno: 'EINVAL' });
    expect(subject.raw(0, 10, { vec: 'null', vecLen: 0n })).toMatchObject({ ret: 0 });
  });

  it('T60, T61, T63, T64, T65: unknown bits', () => {
    const subject = armed(10);
    expect(subject.raw(0, 10, { flags: 4n })).toEqual({ errno: 'EINVAL' });
    expect(subject.raw(0, 10, { flags: 1n << 40n })).toEqual({ errno: 'EINVAL' });
    expect(subject.raw(0, 10, { returns: 1n << 20n })).toEqual({ errno: 'EINVAL' });
    expect(subject.raw(0, 10, { mask: 1n << 20n })).toEqual({ errno: 'EINVAL' });
    subject.write(0, 10);
    expect(subject.raw(0, 10, { returns: 0n })).toMatchObject({ ret: 1, regions: [{ categories: [] }] });
  });

  it('an area that is not armed: refused, skipped, or written wherever there is a page table', () => {
    const subject = new ScanSubject();
    subject.map(0, 10);
    expect(subject.raw(0, 10, { flags: WP_MATCHING | CHECK_WPASYNC })).toEqual({ errno: 'EPERM' });
    expect(subject.scan(0, 10, { flags: WP_MATCHING })).toEqual([]);
    // Without a page table nothing is known; with one every entry counts as written, holes too.
    expect(subject.scan(0, 10)).toEqual([]);
    subject.read(3);
    expect(subject.scan(0, 10)).toEqual([[0, 10]]);
  });
});

describe('a thousand pages', () => {
  it('T67, T68: armed is clean; every other page written is 500 regions', () => {
    const subject = armed();
    expect(subject.take(0, 1000)).toEqual([]);
    subject.writeEven(1000);
    expect(subject.scan(0, 1000)).toHaveLength(500);
  });

  it('T69: taken in several calls, nothing twice', () => {
    const subject = armed();
    subject.writeEven(1000);
    const first = subject.take(0, 1000, { maxPages: 498n });
    expect(first).toHaveLength(498);
    expect(subject.scan(0, 1000, { vecLen: 2n })).toHaveLength(2);
    expect(subject.take(0, 1000)).toHaveLength(2);
  });

  it('T70: even pages and the last one', () => {
    const subject = armed();
    subject.writeEven(1000);
    subject.write(999);
    expect(count(subject.take(0, 1000, { maxPages: 500n }))).toBe(500);
    expect(subject.take(0, 1000)).toEqual([[999, 1000]]);
  });

  it('T71: two pages taken out of the middle', () => {
    const subject = armed();
    subject.write(0, 1000);
    expect(subject.take(1, 2)).toEqual([[1, 3]]);
    expect(subject.scan(0, 1000)).toEqual([
      [0, 1],
      [3, 1000],
    ]);
  });

  it('T72: one of two areas armed again', () => {
    const subject = armed(1000);
    subject.map(2000, 100);
    subject.arm(2000, 100);
    subject.write(0, 1000);
    subject.write(2000, 100);
    subject.take(0, 1000);
    expect(subject.scan(0, 2100)).toEqual([[2000, 2100]]);
  });

  it('T73: three calls of at most 210 pages return 525 in total', () => {
    const subject = armed(1050);
    subject.writeEven(1050);
    const counts = [1, 2, 3].map(() => count(subject.take(0, 1050, { maxPages: 210n })));
    expect(counts).toEqual([210, 210, 105]);
  });

  it('T74: in every round as many are read as were written', () => {
    const subject = armed(3000);
    const random = randomBelow(1);
    for (let round = 0; round < 20; round++) {
      let written = 0;
      for (let page = 0; page < 3000; page++) {
        if (random(2) === 0) continue;
        subject.write(page);
        written++;
      }
      let read = 0;
      for (let page = 0; page < 3000;) {
        const wanted = { flags: WP_MATCHING | CHECK_WPASYNC, vecLen: 50n };
        const { addr: start } = subject.range(page, 0);
        const result = subject.raw(page, 3000 - page, wanted);
        if (!('regions' in result)) throw new Error(JSON.stringify(result));
        for (const region of result.regions)
          read += Number((BigInt(region.end) - BigInt(region.start)) / 4096n);
        page += Number((BigInt(result.walkEnd) - start) / 4096n);
      }
      expect(read).toBe(written);
    }
  });
});

describe('walk_end', () => {
  it('T75–T83: all written', () => {
    const subject = armed();
    subject.write(0, 1000);
    expect(subject.walkEnd(7, 0)).toBe(7);
    expect(subject.walkEnd(0, 1000)).toBe(1000);
    expect(subject.walkEnd(0, 1000, { vecLen: 1n })).toBe(1000);
    expect(subject.walkEnd(0, 1000, { maxPages: 500n })).toBe(500);
    expect(subject.walkEnd(0, 1000, { maxPages: 1n })).toBe(1);
    expect(subject.walkEnd(0, 1000, { vecLen: 1n, maxPages: 500n })).toBe(500);
  });

  it('T84–T90: every other page written', () => {
    const subject = armed();
    subject.writeEven(1000);
    expect(subject.scan(0, 1000)).toHaveLength(500);
    expect(subject.walkEnd(0, 1000)).toBe(1000);
    expect(subject.walkEnd(0, 1000, { vecLen: 1n })).toBe(2);
    expect(subject.walkEnd(0, 1000, { maxPages: 1n })).toBe(2);
  });

  it('more than 512 regions: walk_end is before the end although the scan is complete', () => {
    const subject = armed(2000);
    subject.writeEven(2000);
    expect(subject.scan(0, 2000, { vecLen: 2000n })).toHaveLength(1000);
    expect(subject.walkEnd(0, 2000, { vecLen: 2000n })).toBe(1024);
  });
});

describe.each([
  { name: '10 anonymous pages', pages: 10, kind: 'anon-private', huge: false },
  { name: '5120 anonymous pages', pages: 5120, kind: 'anon-private', huge: false },
  { name: 'a huge page', pages: 512, kind: 'anon-private', huge: true },
  { name: 'a memfd', pages: 100, kind: 'file-shared', huge: false },
  { name: 'a private file', pages: 100, kind: 'file-private', huge: false },
] as const)('T91–T96: $name', ({ pages, kind, huge }) => {
  it('armed, filled, taken, written but for its ends', () => {
    const subject = new ScanSubject();
    subject.map(0, pages, kind);
    if (huge) {
      subject.advise(0, pages, 'hugepage');
      subject.write(0);
    }
    subject.arm(0, pages);
    expect(subject.scan(0, pages)).toEqual([]);
    subject.write(0, pages);
    expect(subject.scan(0, pages)).toEqual([[0, pages]]);
    subject.take(0, pages);
    subject.write(1, pages - 2);
    expect(subject.take(0, pages)).toEqual([[1, pages - 1]]);
    expect(subject.scan(0, pages)).toEqual([]);
    subject.write(pages / 2, 2);
    expect(subject.scan(pages / 2, 2)).toEqual([[pages / 2, pages / 2 + 2]]);
  });
});

describe('T97–T103: a huge page', () => {
  function hugePage(): ScanSubject {
    return armed(512, (subject) => {
      subject.advise(0, 512, 'hugepage');
      subject.write(0);
    });
  }

  it('survives arming; its first write splits it, and only that page is written', () => {
    const subject = hugePage();
    expect(subject.hugePages()).toBe(1);
    expect(subject.scan(0, 512)).toEqual([]);
    subject.write(256);
    expect(subject.hugePages()).toBe(0);
    expect(subject.scan(0, 512)).toEqual([[256, 257]]);
  });

  it('the first half armed, the second half stays written', () => {
    const subject = hugePage();
    subject.write(0, 512);
    subject.take(0, 256);
    expect(subject.scan(0, 512)).toEqual([[256, 512]]);
  });

  it('256 pages at most, then the rest', () => {
    const subject = hugePage();
    subject.write(0, 512);
    expect(subject.take(0, 512, { maxPages: 256n })).toEqual([[0, 256]]);
    expect(subject.take(0, 512)).toEqual([[256, 512]]);
  });
});

describe('protection and holes', () => {
  it('T112: PROT_NONE and changes of rights show no writes', () => {
    const subject = armed(100);
    subject.protect(10, 20, 'none');
    subject.protect(40, 20, 'r');
    subject.protect(40, 10, 'rw');
    expect(subject.scan(0, 100)).toEqual([]);
  });

  it('T113: read-only anonymous pages are the zero page', () => {
    const subject = new ScanSubject();
    subject.map(0, 10, 'anon-private', 'r');
    subject.read(0, 10);
    expect(subject.scan(0, 10, { mask: 0x20n, returns: 0x20n })).toEqual([[0, 10]]);
  });

  it('T114, T115: after MADV_DONTNEED the fast and the general path agree', () => {
    const subject = new ScanSubject();
    subject.map(0, 10);
    subject.write(0, 10);
    subject.advise(0, 10, 'dontneed');
    const fast = subject.scan(0, 10);
    const slow = subject.scan(0, 10, { returns: WRITTEN | 8n });
    expect(fast).toEqual([[0, 10]]);
    expect(slow).toEqual(fast);
  });
});
