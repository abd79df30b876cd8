import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { frameOf, vmaOf } from '../../testing/memory.ts';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { selectRange } from '../../stores/selection-store.ts';
import { AddressTime } from './address-time.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const chart = (): HTMLElement | null => document.querySelector('[data-testid="address-time"]');
const sentence = (): string => document.getElementById('addrtime-cell')?.textContent ?? '';
const press = (key: string): Promise<void> =>
  test.act(() => chart()?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));

describe('address × time', () => {
  it('explains what to expect before the first frame', async () => {
    test = await new TestWindow().show(<AddressTime />);
    expect(document.body.textContent).toContain('No frame yet.');
  });

  it('moves all views in time with the arrows, and back to the present', async () => {
    test = await new TestWindow({
      'playback.step': () => ({ timeNs: 1.05e9, frame: 1, live: false }),
      'playback.seek': () => ({ timeNs: 2e9, frame: 2, live: true }),
    }).show(<AddressTime />);
    await test.act(() => test.model.session.setState({ state: openState() }));
    await test.frame(
      frameOf([vmaOf(0x1000, 0x1010, { name: '[heap]' })], [0x1002], {
        sequence: 0,
        time: 1000,
      }),
    );
    expect(document.body.textContent).not.toContain('No frame yet.');
    await press('ArrowLeft');
    expect(test.model.time.getState().cursor).toBe(1050);
    expect(test.model.frames.frozen).toBe(true);
    await press('End');
    expect(test.model.time.getState().cursor).toBeNull();
    expect(test.model.frames.frozen).toBe(false);
    expect(
      test.calls.filter(({ name }) => name.startsWith('playback.')).map(({ payload }) => payload),
    ).toEqual([{ frames: -1 }, { timeNs: null }]);
    expect(chart()?.getAttribute('aria-describedby')).toBe('addrtime-cell');
  });

  it('limits the view on request: the mapping of a single selected page', async () => {
    test = await new TestWindow().show(<AddressTime />);
    await test.frame(frameOf([vmaOf(0x1000, 0x1010), vmaOf(0x9000, 0x9100)], [0x1002]));
    expect(test.button('Limit to selection').disabled).toBe(true);
    await test.act(() => selectRange(test.model.selection, { start: 0x1002, end: 0x1003 }));
    await test.press('Limit to selection');
    const scope = (): string => document.querySelector('[data-testid="addrtime-scope"]')?.textContent ?? '';
    expect(scope()).toBe('0x1000000, 64 KiB');
    await test.press('All memory');
    expect(scope()).toContain('first became written');
    expect(sentence()).not.toBe('');
  });
});
