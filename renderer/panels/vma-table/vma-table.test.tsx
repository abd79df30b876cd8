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

describe('the table of mappings', () => {
  it('keeps few of 10,000 rows in the document, and says how many there are', async () => {
    test = await new TestWindow().show(<VmaTable />);
    await test.frame(frameOf(many, [5, 103]));
    expect(rows().length).toBeLessThan(80);
    expect(document.querySelector('[role="grid"]')?.getAttribute('aria-rowcount')).toBe('10001');
    expect(rows()[1]?.textContent).toContain('[anon:1]');
    expect(rows()[1]?.textContent).toContain('4 KiB');
  });

  it('filters, sorts, and chooses a mapping', async () => {
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

  it('is walked with the keys', async () => {
    test = await new TestWindow().show(<VmaTable />);
    await test.frame(frameOf(many, []));
    const grid = document.querySelector('[role="grid"]');
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) {
      await test.act(() => grid?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
    }
    expect(grid?.getAttribute('aria-activedescendant')).toBe('vma-row-1');
    expect(test.model.selection.getState().range).toEqual({ start: 100, end: 111 });
  });
});
