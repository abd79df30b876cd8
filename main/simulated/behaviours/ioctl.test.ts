import { describe, expect, it } from 'vitest';
import { sequence, Subject } from '../testing/subject.ts';

/** The soft-dirty ioctl: T1 to T33 of scenarios/BEHAVIOURS.md, and more cases of errors. */
describe('arguments', () => {
  it('T1: an unknown command is refused', () => {
    const subject = new Subject();
    subject.map(0, 10);
    expect(subject.ioctl('BAD', 0, 10)).toEqual({ errno: 'EINVAL' });
  });

  it.each([0x01000000, 0xff])(
    'T2, T3: unknown flags %i are refused as documented, accepted as posted',
    (flags) => {
      for (const mode of ['documented', 'posted'] as const) {
        const subject = new Subject({ mode });
        subject.map(0, 10);
        const result = subject.ioctl('GET', 0, 10, 10, flags);
        if (mode === 'documented') expect(result).toEqual({ errno: 'EINVAL' });
        else expect(result).toMatchObject({ defects: expect.arrayContaining(['B8']) as unknown });
      }
    },
  );

  it('T6: a vec longer than the range', () => {
    const subject = new Subject();
    subject.map(0, 1);
    expect(subject.getAndClear(0, 1, 100)).toEqual([0]);
    expect(subject.getAndClear(0, 1, 100)).toEqual([]);
  });

  it('T24, T25: unmapped ranges are not an error, from address 0 to the end of the int', () => {
    const subject = new Subject();
    expect(subject.get(0, 100)).toEqual([]);
    const whole = { start: 0n, len: 0x7fffffffn, vecLen: 0, flags: 0 };
    expect(subject.run({ op: 'ioctl', cmd: 'CLEAR', ...whole })).toEqual({ ret: 0 });
  });

  it.each([1n, 4095n])('a length of one page and %i bytes is rounded up', (rest) => {
    const subject = new Subject();
    subject.map(0, 3);
    const { addr: start } = subject.range(0, 1);
    const step = { op: 'ioctl', cmd: 'GET', start, len: 4096n + rest, vecLen: 8, flags: 0 } as const;
    expect(subject.run(step)).toEqual({ ret: 2, vecRuns: [[0, 2]] });
  });

  it('lengths beyond the int, and negative ones, are refused; start 0 is legal', () => {
    const subject = new Subject();
    const { addr: start } = subject.range(0, 1);
    for (const len of [2n ** 31n, 2n ** 47n, -1n, 2n ** 63n]) {
      expect(subject.run({ op: 'ioctl', cmd: 'CLEAR', start, len, vecLen: 0, flags: 0 })).toEqual({
        errno: 'EINVAL',
      });
    }
    expect(subject.run({ op: 'ioctl', cmd: 'CLEAR', start: 0n, len: 0n, vecLen: 0, flags: 0 })).toEqual({
      errno: 'EINVAL',
    });
  });

  it('a vec of INT_MAX places costs nothing', () => {
    const subject = new Subject();
    subject.map(0, 4);
    expect(subject.get(0, 4, 0x7fffffff)).toEqual([0, 1, 2, 3]);
    expect(subject.ioctl('GET', 0, 4, 0x80000000)).toEqual({ errno: 'EINVAL' });
  });
});

describe('ten pages', () => {
  function evenPages(): Subject {
    const subject = new Subject();
    subject.map(0, 10);
    subject.clear(0, 10);
    for (let page = 0; page < 10; page += 2) subject.write(page);
    return subject;
  }

  it('T7: every other page written', () => {
    expect(evenPages().get(0, 10)).toEqual([0, 2, 4, 6, 8]);
  });

  it('T8: a short vec stops the scan, the rest stays', () => {
    const subject = evenPages();
    const first = subject.getAndClear(0, 10, 2);
    expect(first).toEqual([0, 2]);
    expect(subject.get(0, 10, 2)).toEqual([4, 6]);
    const third = subject.get(0, 10, 5);
    expect(first.length + third.length).toBe(5);
  });

  it('T9: a clear of one map leaves another', () => {
    const subject = new Subject();
    subject.map(0, 10);
    subject.map(20, 10);
    subject.clear(0, 10);
    expect(subject.get(20, 10)).toEqual(sequence(20, 30));
    expect(subject.get(0, 10)).toEqual([]);
  });

  it('T26: ten thousand times: clean, cleared, written, dirty', () => {
    const subject = new Subject();
    subject.map(0, 1);
    subject.clear(0, 1);
    for (let round = 0; round < 10_000; round++) {
      expect(subject.get(0, 1).length).toBe(0);
      subject.clearRefs();
      subject.write(0);
      expect(subject.get(0, 1).length).toBe(1);
      subject.clear(0, 1);
    }
  });

  it('T33: a read-only shared file is reported to its last page', () => {
    const subject = new Subject();
    subject.ok({ op: 'truncate', len: 10_000n });
    subject.map(0, 3, 'file-shared', 'r');
    expect(subject.get(0, 3)).toEqual([0, 1, 2]);
  });
});

/** Four regions: a few pages, many, one huge page, a few with NO_REUSED_REGIONS. */
const REGIONS = [
  { name: '10 anonymous pages', n: 10, flags: 0, huge: false },
  { name: '5120 anonymous pages', n: 5120, flags: 0, huge: false },
  { name: 'one huge page', n: 512, flags: 0, huge: true },
  { name: '10 anonymous pages with NO_REUSED_REGIONS', n: 10, flags: 1, huge: false },
] as const;

describe.each(REGIONS)('$name', ({ n, flags, huge }) => {
  function fresh(): Subject {
    const subject = new Subject();
    subject.map(0, n);
    if (huge) {
      subject.advise(0, n, 'hugepage');
      subject.read(0);
    }
    return subject;
  }

  it('T10, T11: new memory in two calls, then nothing', () => {
    const subject = fresh();
    expect(subject.getAndClear(0, n, n - 2, flags)).toEqual(flags === 1 ? [] : sequence(0, n - 2));
    expect(subject.getAndClear(0, n, n, flags)).toEqual(flags === 1 ? [] : [n - 2, n - 1]);
    expect(subject.get(0, n, n, flags)).toEqual([]);
  });

  it('T12: all written but the first and the last', () => {
    const subject = fresh();
    if (huge) subject.write(0);
    subject.clear(0, n);
    subject.write(1, n - 2);
    expect(subject.get(0, n, n, flags)).toEqual(
      huge && subject.hugePages() > 0 ? sequence(0, n) : sequence(1, n - 1),
    );
  });

  it('T13: clear_refs, the middle written', () => {
    const subject = fresh();
    subject.clearRefs();
    subject.write(n / 2);
    expect(subject.get(0, n, n, flags)).toContain(n / 2);
  });

  it('T14: clear_refs, two pages written, those two asked for', () => {
    const subject = fresh();
    subject.clearRefs();
    subject.write(n / 2, 2);
    expect(subject.get(n / 2, 2, 2, flags)).toEqual([n / 2, n / 2 + 1]);
  });

  it('T15: pages 1 and 2 cleared, the others stay', () => {
    const subject = fresh();
    subject.write(0, n);
    expect(subject.getAndClear(1, 2, 2, flags)).toEqual([1, 2]);
    expect(subject.get(0, n, n, flags)).toEqual([0, ...sequence(3, n)]);
  });

  it('T16: written, cleared, nothing', () => {
    const subject = fresh();
    subject.write(0, n);
    expect(subject.ioctl('CLEAR', 0, n, 0, flags)).toEqual({ ret: 0 });
    expect(subject.get(0, n, n, flags)).toEqual([]);
  });
});

describe('a huge page', () => {
  function hugePage(): Subject {
    const subject = new Subject();
    subject.mapHuge(0, 512);
    expect(subject.hugePages()).toBe(1);
    return subject;
  }

  it('T17, T18, T19: every page, then none, and every page again when it is filled', () => {
    const subject = hugePage();
    expect(subject.getAndClear(0, 512)).toEqual(sequence(0, 512));
    expect(subject.getAndClear(0, 512)).toEqual([]);
    subject.write(0, 512);
    expect(subject.getAndClear(0, 512)).toEqual(sequence(0, 512));
    expect(subject.hugePages()).toBe(1);
  });

  it('T20: one write makes the whole huge page dirty', () => {
    const subject = hugePage();
    subject.clearRefs();
    subject.write(256);
    expect(subject.get(0, 512)).toEqual(sequence(0, 512));
  });

  it('T21: the first half cleared, the second stays', () => {
    const subject = hugePage();
    subject.clear(0, 256);
    expect(subject.get(0, 512)).toEqual(sequence(256, 512));
    expect(subject.hugePages()).toBe(0);
  });

  it('T22: half the limit takes the first half', () => {
    const subject = hugePage();
    expect(subject.getAndClear(0, 512, 256)).toEqual(sequence(0, 256));
    expect(subject.get(0, 512)).toEqual(sequence(256, 512));
  });

  it('T23: the second half cleared after it was filled', () => {
    const subject = hugePage();
    subject.clear(0, 512);
    subject.write(0, 512);
    subject.clear(256, 256);
    expect(subject.get(0, 512)).toEqual(sequence(0, 256));
  });
});
