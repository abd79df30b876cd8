import { describe, expect, it } from 'vitest';
import { sequence, Subject } from '../testing/subject.ts';

/** Cases of this project's own, beyond scenarios/BEHAVIOURS.md. */
describe('entries', () => {
  it('a pinned page is reported every time and never cleared', () => {
    const subject = new Subject();
    subject.map(0, 4);
    subject.clearRefs();
    subject.write(0, 4);
    expect(subject.ok({ op: 'pin', ...subject.range(1, 1) })).toBe(1);
    expect(subject.getAndClear(0, 4)).toEqual([0, 1, 2, 3]);
    expect(subject.getAndClear(0, 4)).toEqual([1]);
    subject.clearRefs();
    expect(subject.get(0, 4)).toEqual([1]);
    expect(subject.ok({ op: 'unpin', ...subject.range(1, 1) })).toBe(1);
    expect(subject.getAndClear(0, 4)).toEqual([1]);
    expect(subject.get(0, 4)).toEqual([]);
  });

  it('a page in swap is reported and cleared, and stays in swap', () => {
    const subject = new Subject();
    subject.map(0, 4);
    subject.clearRefs();
    subject.write(0, 4);
    subject.advise(1, 2, 'pageout');
    expect(subject.getAndClear(0, 4)).toEqual([0, 1, 2, 3]);
    expect(subject.get(0, 4)).toEqual([]);
    const view = subject.run({ op: 'pagemap', ...subject.range(0, 4) });
    expect(view).toMatchObject({ runs: [{ swapped: false }, { page: 1, count: 2, swapped: true }, {}] });
    subject.read(1, 2);
    expect(subject.get(0, 4)).toEqual([]);
    subject.write(2);
    expect(subject.get(0, 4)).toEqual([2]);
  });
});

describe('VMAs', () => {
  it('a VMA ends exactly where vec is full: the next keeps its flag', () => {
    const subject = new Subject();
    subject.map(0, 5);
    subject.map(5, 5, 'anon-private', 'r');
    expect(subject.vmas()).toHaveLength(2);
    expect(subject.getAndClear(0, 10, 5)).toEqual(sequence(0, 5));
    expect(subject.vmas().map((vma) => vma.sd)).toEqual([false, true]);
    expect(subject.getAndClear(0, 10)).toEqual(sequence(5, 10));
  });

  it('NO_REUSED_REGIONS, then mprotect to read-only and back: later writes are seen', () => {
    const subject = new Subject();
    subject.map(0, 4);
    subject.clearRefs();
    subject.write(0, 4);
    expect(subject.getAndClear(0, 4, 4, 1)).toEqual([0, 1, 2, 3]);
    subject.protect(0, 4, 'r');
    subject.protect(0, 4, 'rw');
    expect(subject.get(0, 4, 4, 1)).toEqual([]);
    subject.write(2);
    expect(subject.get(0, 4, 4, 1)).toEqual([2]);
  });

  it('a mmap next to a cleared VMA makes all of it dirty again', () => {
    const subject = new Subject();
    subject.map(0, 4);
    subject.write(0, 4);
    subject.clear(0, 4);
    subject.map(4, 4);
    expect(subject.vmas()).toHaveLength(1);
    expect(subject.get(0, 8)).toEqual(sequence(0, 8));
    expect(subject.get(0, 8, 8, 1)).toEqual([]);
  });

  it('a split beyond max_map_count fails with ENOMEM, and what the walk did before stays', () => {
    const subject = new Subject({ maxMapCount: 3 });
    subject.map(0, 10);
    subject.map(20, 10);
    expect(subject.vmas()).toHaveLength(2);
    const result = subject.ioctl('CLEAR', 0, 25, 0);
    expect(result).toEqual({ ret: 0 });
    expect(subject.vmas()).toHaveLength(3);
    expect(subject.ioctl('CLEAR', 27, 1, 0)).toEqual({ errno: 'ENOMEM' });
    expect(subject.get(20, 10)).toEqual(sequence(25, 30));
  });
});

it('a GET with a short vec splits a huge page, though it only reads', () => {
  const subject = new Subject();
  subject.mapHuge(0, 512);
  expect(subject.get(0, 512, 512)).toHaveLength(512);
  expect(subject.hugePages()).toBe(1);
  expect(subject.get(0, 10, 10)).toEqual(sequence(0, 10));
  expect(subject.hugePages()).toBe(0);
});

describe('fork', () => {
  it('parent and child: each sees only its own writes', () => {
    const subject = new Subject();
    subject.map(0, 8);
    subject.write(0, 8);
    subject.clearRefs();
    subject.ok({ op: 'fork' });
    subject.write(1);
    expect(subject.get(0, 8)).toEqual([1]);
    subject.ok({ op: 'switch', process: 0 });
    expect(subject.get(0, 8)).toEqual([]);
    subject.write(2);
    expect(subject.get(0, 8)).toEqual([2]);
    const view = subject.run({ op: 'pagemap', ...subject.range(0, 8) });
    expect(view).toMatchObject({
      runs: [
        { exclusive: false },
        { page: 1, exclusive: true },
        { page: 2, exclusive: true },
        { exclusive: false },
      ],
    });
  });

  it('the child keeps soft-dirty bits of private memory and loses those of shared memory', () => {
    const subject = new Subject();
    subject.map(0, 4);
    subject.map(10, 4, 'anon-shared');
    subject.clearRefs();
    subject.write(0, 4);
    subject.write(10, 4);
    subject.ok({ op: 'fork' });
    expect(subject.get(0, 20)).toEqual([0, 1, 2, 3]);
    expect(subject.ok({ op: 'exit' })).toBe(0);
    expect(subject.get(0, 20)).toEqual([0, 1, 2, 3, 10, 11, 12, 13]);
  });
});
