import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { frameOf, vmaOf } from '../../testing/memory.ts';
import { fillJsdom, TestWindow } from '../../testing/window.tsx';
import { VmaTable } from './vma-table.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const many = Array.from({ length: 10_000 }, (_, i) =>
  vmaOf(i * 100, i * 100 + 10 + (i % 5), { name: `[anon:${i}]` }),
);
const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('.vmas__body [role="row"]')];
const grid = (): HTMLElement | null => document.querySelector('[role="treegrid"]');
const press = async (...keys: string[]): Promise<void> => {
  for (const key of keys) {
    await test.act(() => grid()?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
  }
};

describe('the table of mappings', () => {
  it('keeps few of 10,000 rows in the document, and reports how many there are', async () => {
    test = await new TestWindow().show(<VmaTable />);
    await test.frame(frameOf(many, [5, 103]));
    expect(rows().length).toBeLessThan(80);
    expect(grid()?.getAttribute('aria-rowcount')).toBe('10001');
    expect(rows()[1]?.textContent).toContain('[anon:1]');
    expect(rows()[1]?.textContent).toContain('4 KiB');
  });

  it('filters, sorts, and selects a mapping', async () => {
    test = await new TestWindow().show(<VmaTable />);
    await test.frame(frameOf(many, []));
    await test.type('Filter mappings', 'anon:999');
    expect(rows()).toHaveLength(11);
    expect(document.querySelector('[data-testid="vma-count"]')?.textContent).toBe('11 of 10,000');
    await test.press('Size');
    expect(rows()[0]?.textContent).toContain('56 KiB');
    expect(document.querySelector('[aria-sort="descending"]')?.textContent).toBe('Size');
    const row = rows()[2];
    await test.act(() => row?.click());
    const { range } = test.model.selection.getState();
    expect(many).toContainEqual(expect.objectContaining({ start: range?.start, end: range?.end }));
    expect(row?.getAttribute('aria-selected')).toBe('true');
  });

  it('keeps the row that the keys act on when mappings before it come and go, and not for another source', async () => {
    test = await new TestWindow().show(<VmaTable />);
    const few = many.slice(0, 6);
    const at = (): string | null | undefined => grid()?.getAttribute('aria-activedescendant');
    await test.frame(frameOf(few, []));
    await press('ArrowDown', 'ArrowDown', 'ArrowDown');
    expect(at()).toBe('vma-row-2');
    await test.frame(frameOf(few.slice(1), [], { sequence: 1 }));
    expect(at()).toBe('vma-row-1');
    await press('Enter');
    expect(test.model.selection.getState().range).toMatchObject({ start: few[2]?.start });
    await test.frame(frameOf(few, [], { sequence: 2 }));
    expect(at()).toBe('vma-row-2');
    // Its own mapping is gone: the place stays.
    await test.frame(frameOf(few.toSpliced(2, 1), [], { sequence: 3 }));
    expect(at()).toBe('vma-row-2');
    // A time before the program's first mapping.
    await test.frame(frameOf([], [], { sequence: 4 }));
    await test.frame(frameOf(few, [], { sequence: 5 }));
    expect(at()).toBe('vma-row-2');
    await test.act(() => {
      test.model.frames.reset();
      test.model.summary.refresh();
    });
    await test.frame(frameOf(few, [], { sequence: 6 }));
    expect(at()).toBeNull();
  });

  it('is walked with the keys', async () => {
    test = await new TestWindow().show(<VmaTable />);
    await test.frame(frameOf(many, []));
    await press('ArrowDown', 'ArrowDown', 'Enter');
    expect(grid()?.getAttribute('aria-activedescendant')).toBe('vma-row-1');
    expect(test.model.selection.getState().range).toEqual({ start: 100, end: 111 });
  });

  it('has a library in one row, which the keys unfold and fold', async () => {
    const libc = { name: '/usr/lib/libc.so.6', kind: 'file-private' } as const;
    const parts = [
      vmaOf(0x100, 0x110, { ...libc, write: false }),
      vmaOf(0x110, 0x150, { ...libc, write: false, exec: true }),
      vmaOf(0x150, 0x160, libc),
    ];
    test = await new TestWindow().show(<VmaTable />);
    await test.frame(frameOf([...parts, vmaOf(0x200, 0x210, { name: '[heap]', kind: 'heap' })], [0x150]));
    expect(rows().map((row) => row.getAttribute('aria-expanded'))).toEqual(['false', null]);
    expect(rows()[0]?.textContent).toContain('384 KiB');
    await press('ArrowDown', 'Enter');
    expect(test.model.selection.getState().range).toEqual({ start: 0x100, end: 0x160 });
    await press('ArrowRight');
    expect(rows().map((row) => row.getAttribute('aria-level'))).toEqual(['1', '2', '2', '2', '1']);
    await press('ArrowDown', 'ArrowDown', 'Enter');
    expect(test.model.selection.getState().range).toEqual({ start: 0x110, end: 0x150 });
    await press('ArrowLeft', 'ArrowLeft');
    expect(rows()).toHaveLength(2);
    await test.press('Unfold 3 mappings');
    expect(rows()).toHaveLength(5);
  });

  it('has the columns that the user selects, and remembers them', async () => {
    const kept = new Map<string, string>();
    const settings = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const headers = () =>
      [...document.querySelectorAll('[role="columnheader"]')].map((one) => one.textContent);
    test = await new TestWindow({}, settings).show(<VmaTable />);
    await test.frame(frameOf(many, []));
    expect(headers()).toEqual(['Start', 'Size', 'Name', 'Written', 'Rate']);
    await test.press('Columns');
    const item = [...document.querySelectorAll<HTMLElement>('[role="menuitemcheckbox"]')].find(
      (one) => one.textContent === 'Size',
    );
    expect(item?.getAttribute('aria-checked')).toBe('true');
    await test.act(() => item?.click());
    expect(headers()).toEqual(['Start', 'Name', 'Written', 'Rate']);
    test.close();
    test = await new TestWindow({}, settings).show(<VmaTable />);
    expect(headers()).toEqual(['Start', 'Name', 'Written', 'Rate']);
  });
});
