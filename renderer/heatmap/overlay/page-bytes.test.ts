import { describe, expect, it, vi } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { PageBytes, runsOf } from './page-bytes.ts';

/** A program of which pages 10 … 19 can be read. */
function programWith(memory: Map<number, number>) {
  const calls: { page: number; pages: number }[] = [];
  const readBytes = (page: number, pages: number): Promise<Uint8Array> => {
    calls.push({ page, pages });
    if (page < 10) return Promise.reject(new Error('not readable'));
    const readable = Math.max(0, Math.min(pages, 20 - page));
    const bytes = new Uint8Array(readable * PAGE_SIZE);
    memory.forEach((value, address) => {
      if (address >= page * PAGE_SIZE && address < (page + readable) * PAGE_SIZE) {
        bytes[address - page * PAGE_SIZE] = value;
      }
    });
    return Promise.resolve(bytes);
  };
  return { calls, readBytes };
}

describe('contents of pages', () => {
  it('are read once in view, again with a new frame, and report which bytes changed', async () => {
    vi.useFakeTimers();
    const memory = new Map([[11 * PAGE_SIZE + 5, 7]]);
    const { calls, readBytes } = programWith(memory);
    const changed = vi.fn();
    const bytes = new PageBytes(readBytes, changed);
    bytes.want([10, 11, 14], 1);
    await vi.advanceTimersByTimeAsync(150);
    expect(calls).toEqual([
      { page: 10, pages: 2 },
      { page: 14, pages: 1 },
    ]);
    expect(bytes.get(11)?.bytes?.[5]).toBe(7);
    expect(bytes.get(11)?.changedAt[5]).toBe(0);
    expect(changed).toHaveBeenCalled();

    bytes.want([10, 11, 14], 1);
    await vi.advanceTimersByTimeAsync(150);
    expect(calls.length).toBe(2);

    memory.set(11 * PAGE_SIZE + 5, 8);
    bytes.want([11], 2);
    await vi.advanceTimersByTimeAsync(150);
    expect(bytes.get(11)?.bytes?.[5]).toBe(8);
    expect(bytes.get(11)?.changedAt[5]).toBeGreaterThan(0);
    expect(bytes.get(11)?.changedAt[6]).toBe(0);
    vi.useRealTimers();
  });

  it('that cannot be read are known as such', async () => {
    vi.useFakeTimers();
    const { readBytes } = programWith(new Map());
    const bytes = new PageBytes(readBytes, () => undefined);
    bytes.want([3, 19, 20], 1);
    await vi.advanceTimersByTimeAsync(150);
    expect(bytes.get(3)).toMatchObject({ bytes: null });
    expect(bytes.get(19)?.bytes).toHaveLength(PAGE_SIZE);
    expect(bytes.get(20)).toMatchObject({ bytes: null });
    bytes.reset();
    expect(bytes.get(19)).toBeNull();
    vi.useRealTimers();
  });

  it('are asked for in runs', () => {
    expect(runsOf([1, 2, 3, 7, 9, 10])).toEqual([
      { start: 1, pages: 3 },
      { start: 7, pages: 1 },
      { start: 9, pages: 2 },
    ]);
    expect(runsOf(Array.from({ length: 300 }, (_, i) => i)).map(({ pages }) => pages)).toEqual([256, 44]);
  });
});
