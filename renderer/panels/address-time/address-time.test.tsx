import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { frameOf, vmaOf } from '../../heatmap/testing/memory.ts';
import { fillJsdom, TestWindow } from '../../heatmap/testing/window.tsx';
import { selectRange } from '../../session/selection-store.ts';
import { AddressTime } from './address-time.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const chart = (): HTMLElement | null => document.querySelector('[data-testid="address-time"]');
const sentence = (): string => document.getElementById('addrtime-cell')?.textContent ?? '';
const press = (key: string): Promise<void> =>
  test.act(() => chart()?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));

describe('address × time', () => {
  it('says what to expect before the first frame', async () => {
    test = await new TestWindow().show(<AddressTime />);
    expect(document.body.textContent).toContain('No frame yet.');
  });

  it('walks the frames with the arrows, and reads what each wrote', async () => {
    test = await new TestWindow().show(<AddressTime />);
    const vmas = [vmaOf(0x1000, 0x1010, { name: '[heap]' })];
    await test.frame(frameOf(vmas, [0x1002], { sequence: 0, time: 1000 }));
    await test.frame(frameOf(vmas, [0x1002, 0x1004, 0x1005], { sequence: 1, time: 1050 }));
    expect(document.body.textContent).not.toContain('No frame yet.');
    await test.act(() => selectRange(test.inspector.selection, { start: 0x1002, end: 0x1003 }));
    await press('Home');
    expect(test.inspector.time.getState().cursor).toBe(1000);
    await press('ArrowRight');
    expect(test.inspector.time.getState().cursor).toBe(1050);
    await press('ArrowRight');
    expect(test.inspector.time.getState().cursor).toBe(1050);
    expect(chart()?.getAttribute('aria-describedby')).toBe('addrtime-cell');
  });

  it('shows a part of memory where asked: the mapping of a single chosen page', async () => {
    test = await new TestWindow().show(<AddressTime />);
    await test.frame(frameOf([vmaOf(0x1000, 0x1010), vmaOf(0x9000, 0x9100)], [0x1002]));
    expect(test.button('Only what is chosen').disabled).toBe(true);
    await test.act(() => selectRange(test.inspector.selection, { start: 0x1002, end: 0x1003 }));
    await test.press('Only what is chosen');
    const scope = (): string => document.querySelector('[data-testid="addrtime-scope"]')?.textContent ?? '';
    expect(scope()).toBe('0x1000000, 64 KiB');
    await test.press('All memory');
    expect(scope()).toContain('first became written');
    expect(sentence()).not.toBe('');
  });
});
