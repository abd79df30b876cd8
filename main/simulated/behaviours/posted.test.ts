import { describe, expect, it } from 'vitest';
import type { IoctlCommand } from '../../scenarios/steps.ts';
import { Subject } from '../testing/subject.ts';

/** The defects B1 to B12 of the posted code (source/defects.ts), each compared with the documented behaviour. */
function both(prepare: (subject: Subject) => void): { posted: Subject; documented: Subject } {
  const posted = new Subject({ mode: 'posted' });
  const documented = new Subject({ mode: 'documented' });
  prepare(posted);
  prepare(documented);
  return { posted, documented };
}

/** An ioctl with a length in bytes. */
function bytes(subject: Subject, cmd: IoctlCommand, len: bigint, vecLen: number, flags = 0) {
  const { addr: start } = subject.range(0, 1);
  return subject.run({ op: 'ioctl', cmd, start, len, vecLen, flags });
}

const tenWritten = (subject: Subject): void => {
  subject.map(0, 10);
  subject.clearRefs();
  subject.write(0, 10);
};

describe('defects of the posted code', () => {
  it('B1: a short vec is overrun', () => {
    const { posted, documented } = both(tenWritten);
    expect(posted.ioctl('GET', 0, 10, 2)).toEqual({ ret: 10, vecRuns: [[0, 10]], defects: ['B1'] });
    expect(documented.ioctl('GET', 0, 10, 2)).toEqual({ ret: 2, vecRuns: [[0, 2]] });
  });

  it('B2: vec full at the end of a VMA fails, and the bits are lost', () => {
    const { posted, documented } = both((subject) => {
      subject.map(0, 4);
      subject.map(4, 4, 'anon-private', 'r');
      subject.clearRefs();
      subject.write(0, 4);
    });
    expect(posted.ioctl('GET_AND_CLEAR', 0, 8, 4)).toEqual({ errno: 'EPERM', defects: ['B2'] });
    expect(posted.ioctl('GET', 0, 8)).toEqual({ ret: 0, vecRuns: [] });
    expect(documented.ioctl('GET_AND_CLEAR', 0, 8, 4)).toEqual({ ret: 4, vecRuns: [[0, 4]] });
  });

  it.each([1n, 4095n])('B3: %i bytes beyond a page run off the page table', (rest) => {
    const { posted, documented } = both(tenWritten);
    const result = bytes(posted, 'GET', 2n * 4096n + rest, 10);
    expect(result).toMatchObject({
      crash: expect.stringContaining('page table') as unknown,
      defects: ['B3'],
    });
    expect(bytes(documented, 'GET', 2n * 4096n + rest, 10)).toEqual({ ret: 3, vecRuns: [[0, 3]] });
  });

  it('B3: over a hole vec is filled beyond the range', () => {
    const { posted, documented } = both((subject) => subject.map(0, 10));
    expect(bytes(posted, 'GET', 4097n, 8)).toEqual({ ret: 8, vecRuns: [[0, 8]], defects: ['B3'] });
    expect(bytes(documented, 'GET', 4097n, 8)).toEqual({ ret: 2, vecRuns: [[0, 2]] });
  });

  it('B4: a short vec in a dirty VMA across a PMD border never ends', () => {
    const { posted, documented } = both((subject) => {
      subject.map(0, 1024);
      subject.write(0);
      subject.write(600);
    });
    expect(posted.ioctl('GET_AND_CLEAR', 0, 1024, 4)).toMatchObject({
      crash: expect.stringContaining('never ends') as unknown,
      defects: ['B4'],
    });
    expect(documented.ioctl('GET_AND_CLEAR', 0, 1024, 4)).toEqual({ ret: 4, vecRuns: [[0, 4]] });
  });

  it('B5: the flag of the second VMA is cleared for pages never reported', () => {
    const { posted, documented } = both((subject) => {
      subject.map(0, 4);
      subject.map(4, 8, 'anon-private', 'r');
    });
    expect(posted.ioctl('GET_AND_CLEAR', 0, 12, 6)).toEqual({ ret: 6, vecRuns: [[0, 6]], defects: ['B5'] });
    expect(posted.get(0, 12)).toEqual([10, 11]);
    expect(documented.ioctl('GET_AND_CLEAR', 0, 12, 6)).toEqual({ ret: 6, vecRuns: [[0, 6]] });
    expect(documented.get(0, 12)).toEqual([6, 7, 8, 9, 10, 11]);
  });

  it('B6: NO_REUSED_REGIONS with a short vec clears the whole range', () => {
    const { posted, documented } = both(tenWritten);
    expect(posted.ioctl('GET_AND_CLEAR', 0, 10, 2, 1)).toMatchObject({ ret: 10, defects: ['B1', 'B6'] });
    expect(posted.get(0, 10)).toEqual([]);
    expect(documented.ioctl('GET_AND_CLEAR', 0, 10, 2, 1)).toMatchObject({ ret: 2 });
    expect(documented.get(0, 10)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('B7: a writable clean entry stays writable, and its next write is missed', () => {
    const { posted, documented } = both((subject) => {
      subject.map(0, 2, 'anon-shared');
      subject.read(0, 2);
    });
    expect(posted.ioctl('CLEAR', 0, 2)).toEqual({ ret: 0, defects: ['B7'] });
    expect(documented.ioctl('CLEAR', 0, 2)).toEqual({ ret: 0 });
    for (const subject of [posted, documented]) subject.write(1);
    expect(posted.get(0, 2)).toEqual([]);
    expect(documented.get(0, 2)).toEqual([1]);
  });

  it('B8: unknown flags are accepted', () => {
    const { posted, documented } = both(tenWritten);
    expect(posted.ioctl('GET', 0, 10, 10, 4)).toEqual({ ret: 10, vecRuns: [[0, 10]], defects: ['B8'] });
    expect(documented.ioctl('GET', 0, 10, 10, 4)).toEqual({ errno: 'EINVAL' });
  });

  it('B9: signed ints: lengths of 2 GiB are negative', () => {
    const { posted } = both(tenWritten);
    expect(bytes(posted, 'CLEAR', 2n ** 31n, 0)).toEqual({ errno: 'EINVAL', defects: ['B9'] });
    expect(bytes(posted, 'GET', 4096n, -1)).toEqual({ errno: 'EINVAL', defects: ['B9'] });
  });

  it('B10: an unstable PMD entry is skipped silently', () => {
    const { posted, documented } = both(tenWritten);
    const { addr: start, len } = posted.range(0, 10);
    const step = { op: 'ioctl', cmd: 'GET', start, len, vecLen: 10, flags: 0, unstable: start } as const;
    expect(posted.run(step)).toEqual({ ret: 0, vecRuns: [], defects: ['B10'] });
    expect(documented.run(step)).toEqual({ ret: 10, vecRuns: [[0, 10]] });
  });

  it('B11: a result that cannot be copied out is lost, in both modes', () => {
    const { posted, documented } = both(tenWritten);
    const { addr: start, len } = posted.range(0, 10);
    const step = { start, len, vecLen: 10, flags: 0, vec: 'unmapped' } as const;
    expect(posted.run({ op: 'ioctl', cmd: 'GET_AND_CLEAR', ...step })).toEqual({
      errno: 'EIO',
      defects: ['B11'],
    });
    expect(documented.run({ op: 'ioctl', cmd: 'GET_AND_CLEAR', ...step })).toEqual({ errno: 'EIO' });
    for (const subject of [posted, documented]) expect(subject.get(0, 10)).toEqual([]);
  });

  it('B12: a huge page of shared memory loses its soft-dirty bits when it is split', () => {
    const { posted, documented } = both((subject) => {
      subject.map(0, 512, 'anon-shared');
      subject.write(0, 512);
      subject.advise(0, 512, 'collapse');
      subject.clearRefs();
      subject.write(3);
    });
    expect(posted.ioctl('CLEAR', 0, 10)).toEqual({ ret: 0, defects: ['B12'] });
    expect(documented.ioctl('CLEAR', 0, 10)).toEqual({ ret: 0 });
    for (const subject of [posted, documented]) expect(subject.get(0, 512)).toEqual([]);
  });
});

it('as posted and as documented agree if no defect shows', () => {
  const { posted, documented } = both((subject) => {
    subject.map(0, 20);
    subject.write(3, 4);
    subject.clear(0, 10);
    subject.write(5);
  });
  for (const subject of [posted, documented]) {
    expect(subject.getAndClear(0, 20)).toEqual([5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(subject.vmas()).toHaveLength(2);
  }
});
