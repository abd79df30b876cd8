import { describe, expect, it } from 'vitest';
import { sequence, Subject } from '../testing/subject.ts';

/** Soft-dirty itself: T34 to T55 of scenarios/BEHAVIOURS.md. */
describe('one page', () => {
  it('T34: ten thousand times: clear_refs, clean, written, dirty', () => {
    const subject = new Subject();
    subject.map(0, 1);
    for (let round = 0; round < 10_000; round++) {
      subject.clearRefs();
      expect(subject.get(0, 1).length).toBe(0);
      subject.write(0);
      expect(subject.get(0, 1).length).toBe(1);
    }
  });

  it('T35: a fresh map is dirty before it is touched', () => {
    const subject = new Subject();
    subject.map(0, 1);
    expect(subject.get(0, 1)).toEqual([0]);
    expect(subject.get(0, 1, 1, 1)).toEqual([]);
  });

  it('T36: memory mapped again where clean memory was is dirty', () => {
    const subject = new Subject();
    subject.map(0, 1);
    subject.clearRefs();
    subject.ok({ op: 'munmap', ...subject.range(0, 1) });
    subject.map(0, 1);
    expect(subject.get(0, 1)).toEqual([0]);
  });
});

it('T37, T38: a huge page, a thousand times: clear_refs, clean, written, all dirty', () => {
  const subject = new Subject();
  subject.mapHuge(0, 512);
  expect(subject.hugePages()).toBe(1);
  for (let round = 0; round < 1000; round++) {
    subject.clearRefs();
    expect(subject.get(0, 512).length).toBe(0);
    subject.write(round % 512);
    expect(subject.get(0, 512).length).toBe(512);
  }
  expect(subject.hugePages()).toBe(1);
});

describe.each([
  { ids: 'T39–T43', kind: 'anon-private' },
  { ids: 'T44–T48', kind: 'file-shared' },
] as const)('$ids: mprotect on $kind', ({ kind }) => {
  it('keeps clean what is clean, and lets the next write be seen', () => {
    const subject = new Subject();
    subject.map(0, 1, kind);
    subject.write(0);
    expect(subject.get(0, 1)).toEqual([0]);
    subject.clearRefs();
    expect(subject.get(0, 1)).toEqual([]);
    subject.protect(0, 1, 'r');
    expect(subject.get(0, 1)).toEqual([]);
    subject.protect(0, 1, 'rw');
    expect(subject.get(0, 1)).toEqual([]);
    subject.write(0);
    expect(subject.get(0, 1)).toEqual([0]);
  });
});

describe.each(['linux-6.1', 'sticky-merge'] as const)('merges in profile %s', (profile) => {
  const sticky = profile === 'sticky-merge';

  it('T49, T50: new memory moved next to clean memory merges with it', () => {
    const subject = new Subject({ profile });
    subject.map(1, 1);
    subject.clearRefs();
    subject.map(3, 1);
    const to = subject.range(2, 1).addr;
    subject.ok({ op: 'mremap', ...subject.range(3, 1), newLen: 4096n, newAddr: to });
    expect(subject.vmas()).toHaveLength(1);
    expect(subject.get(1, 2)).toEqual(sticky ? [1, 2] : []);
  });

  it('T51, T52: clean memory made like its dirty neighbour merges with it', () => {
    const subject = new Subject({ profile });
    subject.map(1, 1);
    subject.clearRefs();
    subject.map(2, 1, 'anon-private', 'rwx');
    subject.protect(1, 1, 'rwx');
    expect(subject.vmas()).toHaveLength(1);
    expect(subject.get(1, 2)).toEqual(sticky ? [1, 2] : []);
  });

  it('madvise over clean and dirty pieces', () => {
    const subject = new Subject({ profile });
    subject.map(0, 4);
    subject.clear(2, 2);
    subject.advise(0, 4, 'nohugepage');
    expect(subject.vmas()).toHaveLength(1);
    expect(subject.get(0, 4)).toEqual(sticky ? [0, 1, 2, 3] : []);
  });
});

it('T53, T54, T55: MADV_POPULATE_READ leaves pages clean, MADV_POPULATE_WRITE makes all dirty', () => {
  const subject = new Subject();
  subject.map(0, 512);
  subject.advise(0, 512, 'nohugepage');
  subject.clearRefs();
  expect(subject.get(0, 512)).toEqual([]);
  subject.advise(0, 512, 'populate_read');
  expect(subject.get(0, 512)).toEqual([]);
  subject.advise(0, 512, 'populate_write');
  expect(subject.get(0, 512)).toEqual(sequence(0, 512));
});
