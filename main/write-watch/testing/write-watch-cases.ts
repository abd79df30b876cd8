/** The cases that the write watches of every engine must pass; most are those of Wine's dlls/kernel32/tests/virtual.c. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { type GetWriteWatchRequest, MEM, PAGE, WRITE_WATCH_FLAG_RESET } from '../windows.ts';
import type { WatchedProgram } from './watched-program.ts';

const BYTES = BigInt(PAGE_SIZE);
const PAGES = 16;
const SIZE = BigInt(PAGES) * BYTES;
const WATCHED = MEM.RESERVE | MEM.COMMIT | MEM.WRITE_WATCH;
const INVALID = 'ERROR_INVALID_PARAMETER';
const NOACCESS = 'ERROR_NOACCESS';

/** @param start a program with nothing watched */
export function writeWatchCases(name: string, start: () => Promise<WatchedProgram>): void {
  describe(`write watches of ${name}`, () => {
    let program: WatchedProgram;
    let base: bigint;
    beforeEach(async () => {
      program = await start();
      base = await allocated(WATCHED, PAGE.READWRITE);
    });

    async function allocated(type: number, protection: 1 | 2 | 4): Promise<bigint> {
      const reply = await program.memory.allocate(SIZE, type, protection);
      if ('error' in reply) throw new Error(reply.error);
      return reply.base;
    }
    const at = (page: number) => base + BigInt(page) * BYTES;
    const write = (...pages: number[]) => program.write(...pages.map((page) => pageOfAddress(base) + page));
    const call = (changes: Partial<GetWriteWatchRequest> = {}) =>
      program.watches.get({
        flags: 0,
        base,
        size: SIZE,
        addresses: true,
        count: 64,
        granularity: true,
        ...changes,
      });
    /** Pages of the region that a successful call returns. */
    async function get(changes: Partial<GetWriteWatchRequest> = {}): Promise<number[]> {
      const { error, addresses, granularity } = await call(changes);
      expect([error, granularity]).toEqual(['ERROR_SUCCESS', PAGE_SIZE]);
      expect(addresses.every((address) => address % BYTES === 0n)).toBe(true);
      return addresses.map((address) => Number((address - base) / BYTES));
    }
    const reset = { flags: WRITE_WATCH_FLAG_RESET };

    it('T117, T118: a base of 0 or that is not watched is an invalid parameter', async () => {
      expect(await call({ base: 0n })).toMatchObject({ error: INVALID, addresses: [] });
      const other = await allocated(MEM.RESERVE | MEM.COMMIT, PAGE.READWRITE);
      expect(await call({ base: other })).toMatchObject({ error: INVALID });
    });

    it('T119: fresh memory is clean', async () => {
      expect(await get()).toEqual([]);
    });

    it('T120 to T127: written pages in order, resets of what was returned, protection keeps the state', async () => {
      await write(1);
      expect(await get()).toEqual([1]);
      expect(await get(reset)).toEqual([1]);
      expect(await get()).toEqual([]);
      await write(2, 4);
      expect(await get()).toEqual([2, 4]);
      expect(await get({ base: at(3), size: 2n * BYTES })).toEqual([4]);
      expect(await program.watches.reset(base, 3n * BYTES)).toBe('ERROR_SUCCESS');
      expect(await get()).toEqual([4]);
      await program.writeAcross(pageOfAddress(base) + 1);
      expect(await get()).toEqual([1, 2, 4]);
      expect(await get({ ...reset, count: 1 })).toEqual([1]);
      expect(await get()).toEqual([2, 4]);
      expect(await program.memory.protect(base, SIZE, PAGE.READONLY)).toBe('ERROR_SUCCESS');
      expect(await get()).toEqual([2, 4]);
      expect(await program.memory.protect(base, SIZE, PAGE.READWRITE)).toBe('ERROR_SUCCESS');
      expect(await get()).toEqual([2, 4]);
    });

    it('T135 to T139: NULL pointers and a count of 0, in the order of the checks', async () => {
      expect(await call({ count: 0 })).toMatchObject({ error: INVALID });
      expect(await call({ count: null })).toMatchObject({ error: NOACCESS });
      expect(await call({ granularity: false })).toMatchObject({ error: NOACCESS });
      expect(await call({ addresses: false })).toMatchObject({ error: NOACCESS });
      expect(await call({ addresses: false, count: 0 })).toMatchObject({ error: INVALID });
      expect(await call({ count: null, size: 0n })).toMatchObject({ error: NOACCESS });
      expect(await call({ addresses: false, flags: 2 })).toMatchObject({ error: INVALID });
      expect(await call({ addresses: false, base: 0n })).toMatchObject({ error: NOACCESS });
    });

    it('T140 to T143: unknown flags, an empty range, ranges that leave the allocation', async () => {
      await write(3);
      expect(await call({ flags: 0xdeadbeef })).toMatchObject({ error: INVALID });
      expect(await call({ size: 0n })).toMatchObject({ error: INVALID });
      expect(await call({ ...reset, size: 2n * SIZE })).toMatchObject({ error: INVALID });
      expect(await call({ ...reset, base: at(PAGES - 1), size: BYTES + 1n })).toMatchObject({
        error: INVALID,
      });
      expect(await get({ base: at(3) + 5n, size: 1n })).toEqual([3]);
    });

    it('T144, T145: ResetWriteWatch of an empty range or one that is not watched', async () => {
      await write(3);
      expect(await program.watches.reset(base, 0n)).toBe(INVALID);
      expect(await program.watches.reset(0n, BYTES)).toBe(INVALID);
      expect(await program.watches.reset(base, SIZE + 1n)).toBe(INVALID);
      expect(await get()).toEqual([3]);
    });

    it('T146, T147: MEM_WRITE_WATCH goes only with MEM_RESERVE', async () => {
      expect(
        await program.memory.allocate(SIZE, MEM.RESERVE | MEM.WRITE_WATCH, PAGE.READWRITE),
      ).toHaveProperty('base');
      expect(await program.memory.allocate(SIZE, MEM.WRITE_WATCH, PAGE.READWRITE)).toEqual({
        error: INVALID,
      });
      expect(await program.memory.allocate(0n, WATCHED, PAGE.READWRITE)).toEqual({ error: INVALID });
    });

    it('T148 to T150: a page that is decommitted after it was written still counts, until it is reset', async () => {
      base = await allocated(WATCHED, PAGE.NOACCESS);
      expect(await get()).toEqual([]);
      await program.memory.protect(base, SIZE, PAGE.READWRITE);
      await write(5);
      await program.memory.protect(base, SIZE, PAGE.NOACCESS);
      expect(await get()).toEqual([5]);
      expect(await program.memory.decommit(base, 0n)).toBe('ERROR_SUCCESS');
      expect(await get()).toEqual([5]);
      await program.memory.protect(base, SIZE, PAGE.READWRITE);
      await write(2, 9);
      expect(await get({ ...reset, count: 2 })).toEqual([2, 5]);
      expect(await get(reset)).toEqual([9]);
      expect(await get()).toEqual([]);
    });

    it('a released allocation is no longer watched', async () => {
      await write(1);
      expect(await program.memory.release(base)).toBe('ERROR_SUCCESS');
      expect(await call()).toMatchObject({ error: INVALID });
    });
  });
}
