/**
 * Soft-dirty in the kernel, T34–T55: the engine's assumptions about bit 55 and clear_refs, checked where they
 * exist. Source of the cases: tools/testing/selftests/mm/soft-dirty.c and madv_populate.c.
 */
import { release } from 'node:os';
import { describe, expect, it } from 'vitest';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import {
  MADV_HUGEPAGE,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  READ,
  READ_WRITE,
  READ_WRITE_EXEC,
  advise,
  clearSoftDirty,
  dirtyPages,
  hugeKilobytes,
  mapAligned,
  mapAnonymous,
  mapSharedFile,
  move,
  protect,
  unmap,
  vmas,
  write,
} from './own-memory.ts';

/** The self-test's 10,000 take 30 s of processor time under emulation, and show nothing more. */
const LOOPS = 250;

/** T34's loop: clear, read, write, read. */
function loop(page: number, times: number): { cleanAfterClear: number; dirtyAfterWrite: number } {
  let cleanAfterClear = 0;
  let dirtyAfterWrite = 0;
  for (let i = 0; i < times; i++) {
    clearSoftDirty();
    cleanAfterClear += 1 - dirtyPages(page);
    write(page);
    dirtyAfterWrite += dirtyPages(page);
  }
  return { cleanAfterClear, dirtyAfterWrite };
}

describe('soft-dirty', () => {
  it(`T34: one page, ${LOOPS} times: 0 after clear_refs, 1 after a write`, () => {
    const page = mapAnonymous(1);
    expect(loop(page, LOOPS)).toEqual({ cleanAfterClear: LOOPS, dirtyAfterWrite: LOOPS });
    unmap(page, 1);
  });

  it('T35: a fresh mapping that was never touched is dirty', () => {
    const page = mapAnonymous(3);
    expect(dirtyPages(page, 3)).toBe(3);
    unmap(page, 3);
  });

  it('T36: a mapping at the address of one that was cleared and unmapped is dirty', () => {
    const page = mapAnonymous(2);
    clearSoftDirty();
    expect(dirtyPages(page, 2)).toBe(0);
    unmap(page, 2);
    mapAnonymous(2, READ_WRITE, page);
    expect(dirtyPages(page, 2)).toBe(2);
    unmap(page, 2);
  });

  it('T37, T38: MADV_HUGEPAGE makes a huge page, and T34’s loop holds on it', () => {
    const page = mapAligned(PAGES_PER_TILE, PAGES_PER_TILE);
    advise(page, PAGES_PER_TILE, MADV_HUGEPAGE);
    write(page);
    expect(hugeKilobytes(page)).toBe(2048);
    expect(loop(page, LOOPS)).toEqual({ cleanAfterClear: LOOPS, dirtyAfterWrite: LOOPS });
    // One byte written: the whole huge page counts.
    expect(dirtyPages(page, PAGES_PER_TILE)).toBe(PAGES_PER_TILE);
    unmap(page, PAGES_PER_TILE);
  });

  for (const [ids, kind, map] of [
    ['T39–T43', 'anonymous memory', () => mapAnonymous(1)],
    ['T44–T48', 'a shared file mapping', () => mapSharedFile(1)],
  ] as const) {
    it(`${ids}: mprotect on ${kind} neither sets nor loses the state, and a write after it is seen`, () => {
      const page = map();
      write(page);
      const states = [dirtyPages(page)];
      clearSoftDirty();
      states.push(dirtyPages(page));
      protect(page, 1, READ);
      states.push(dirtyPages(page));
      protect(page, 1, READ_WRITE);
      states.push(dirtyPages(page));
      write(page);
      states.push(dirtyPages(page));
      expect(states).toEqual([1, 0, 0, 0, 1]);
      unmap(page, 1);
    });
  }

  it('T53–T55: clear_refs 0; MADV_POPULATE_READ still 0; MADV_POPULATE_WRITE all', () => {
    const page = mapAnonymous(PAGES_PER_TILE);
    clearSoftDirty();
    const states = [dirtyPages(page, PAGES_PER_TILE)];
    advise(page, PAGES_PER_TILE, MADV_POPULATE_READ);
    states.push(dirtyPages(page, PAGES_PER_TILE));
    advise(page, PAGES_PER_TILE, MADV_POPULATE_WRITE);
    states.push(dirtyPages(page, PAGES_PER_TILE));
    expect(states).toEqual([0, 0, PAGES_PER_TILE]);
    unmap(page, PAGES_PER_TILE);
  });
});

/**
 * VM_SOFTDIRTY of two VMAs that merge. Until it was made sticky (Linux 6.19, "mm: propagate VM_SOFTDIRTY on merge") the
 * merged VMA took it from only one of them, and what was new became clean unseen.
 */
describe(`soft-dirty of VMAs that merge: not sticky in Linux ${release()}, so the new one’s state is lost`, () => {
  /** Five pages of room of which only the slots in use are mapped: nothing else can merge with them. */
  function slots(): number {
    const room = mapAnonymous(5, 0);
    unmap(room, 5);
    return room;
  }

  it('T49, T50: a new VMA moved beside a clean one takes the clean one’s state: both read 0', () => {
    const room = slots();
    mapAnonymous(1, READ_WRITE, room + 1);
    clearSoftDirty();
    mapAnonymous(1, READ_WRITE, room + 3);
    expect([dirtyPages(room + 1), dirtyPages(room + 3)]).toEqual([0, 1]);
    move(room + 3, 1, room + 2);
    expect(vmas(room, 5).map(({ start, end }) => [start - room, end - room])).toEqual([[1, 3]]);
    expect([dirtyPages(room + 1), dirtyPages(room + 2)]).toEqual([0, 0]);
    unmap(room + 1, 2);
  });

  it('T51, T52: a clean VMA that mprotect makes one with a new one gives it its state: both read 0', () => {
    const room = slots();
    mapAnonymous(1, READ_WRITE, room + 1);
    clearSoftDirty();
    mapAnonymous(1, READ_WRITE_EXEC, room + 2);
    expect([dirtyPages(room + 1), dirtyPages(room + 2)]).toEqual([0, 1]);
    protect(room + 1, 1, READ_WRITE_EXEC);
    expect(vmas(room, 5).map(({ start, end }) => [start - room, end - room])).toEqual([[1, 3]]);
    expect([dirtyPages(room + 1), dirtyPages(room + 2)]).toEqual([0, 0]);
    unmap(room + 1, 2);
  });
});
