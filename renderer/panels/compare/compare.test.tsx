import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { fillJsdom, type Answers, TestWindow } from '../../testing/window.tsx';
import { Compare } from './compare.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => {
  test.close();
  vi.unstubAllGlobals();
});

/** Pages 0x1000 … 0x1003 in A alone, 0x1004 in both, 0x1200 in B alone. */
const comparison = {
  onlyA: 4,
  onlyB: 1,
  both: 1,
  frames: { a: 1, b: 20 },
  vmas: [
    { start: 0x1000, end: 0x1100, name: '[heap]', kind: 'heap', onlyA: 4, onlyB: 0, both: 1 },
    { start: 0x1200, end: 0x1300, name: '', kind: 'anon', onlyA: 0, onlyB: 1, both: 0 },
  ],
  tiles: {
    indexes: Float64Array.of(8, 9),
    a: Uint32Array.from({ length: 32 }, (_, w) => (w === 0 ? 0b11111 : 0)),
    b: Uint32Array.from({ length: 32 }, (_, w) => (w === 0 ? 0b10000 : w === 16 ? 1 : 0)),
  },
  gone: { a: 0, b: 12 },
  hot: { a: 3, b: 0 },
  omitted: { tiles: 0, vmas: 0 },
};
const answers: Answers = { 'compare.ranges': () => comparison };
const rows = (): string[] =>
  [...document.querySelectorAll('.sets__body [role="row"]')].map((row) => row.textContent);
const sent = (): unknown[] =>
  test.calls.filter(({ name }) => name === 'compare.ranges').map(({ payload }) => payload);

describe('the comparison of two times', () => {
  it('uses the time and the range, and shows counts, mappings and runs', async () => {
    test = await new TestWindow(answers).show(<Compare />);
    await test.act(() => test.model.timeline.store.setState({ available: { start: 0, end: 9000 } }));
    await test.act(() => test.model.time.setState({ cursor: 1000 }));
    await test.press('Use this time as A');
    await test.act(() => test.model.time.setState({ range: { start: 2000, end: 3000 } }));
    await test.press('Use this range as B');
    expect(sent()).toEqual([
      { a: { path: null, startNs: 1e9, endNs: 1e9 }, b: { path: null, startNs: 2e9, endNs: 3e9 } },
    ]);
    expect(document.querySelector('[data-testid="compare-onlyA"]')?.textContent).toBe('Only A 416 KiB');
    expect(rows()).toEqual(['0x1000000[heap]4–1', '0x1200000anonymous–1–']);
    const notes = document.querySelector('.compare__frames')?.textContent;
    expect(notes).toContain('given back: 0 pages in A, 12 pages in B');
    expect(notes).toContain('hot, not known exactly: 3 pages in A, 0 pages in B');

    const grid = document.querySelector('[role="treegrid"]');
    for (const key of ['ArrowDown', 'ArrowRight']) {
      await test.act(() => grid?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })));
    }
    expect(rows().slice(0, 3)).toEqual([
      '0x1000000[heap]4–1',
      '0x1000000only A, 4 pages, 16 KiB',
      '0x1004000both, 1 page, 4 KiB',
    ]);
    expect(document.querySelector('[aria-expanded="true"]')?.getAttribute('aria-level')).toBe('1');
    await test.act(() => document.querySelectorAll<HTMLElement>('.sets__body [role="row"]')[2]?.click());
    expect(test.model.selection.getState().range).toEqual({ start: 0x1004, end: 0x1005 });
  });

  it('compares with another recording, whole or from and to typed times', async () => {
    vi.stubGlobal('shell', { selectRecording: () => Promise.resolve('/home/ada/other.mcap') });
    test = await new TestWindow(answers).show(<Compare />);
    await test.act(() => test.model.compare.select('a', { path: null, start: 1000, end: 1000 }));
    const [, another] = [...document.querySelectorAll('button')].filter(({ textContent }) =>
      textContent.startsWith('Another recording'),
    );
    await test.act(() => another?.click());
    expect(document.querySelector('[data-testid="compared-b"]')?.textContent).toBe('other.mcap, all of it');
    expect(sent().at(-1)).toMatchObject({ b: { path: '/home/ada/other.mcap', startNs: 0 } });
    await test.press('Swap A and B');
    expect(sent().at(-1)).toMatchObject({ a: { path: '/home/ada/other.mcap' }, b: { startNs: 1e9 } });
  });

  it('reports why it could not compare', async () => {
    test = await new TestWindow({
      'compare.ranges': () => {
        throw { kind: 'io', message: '/gone.mcap cannot be read.', remedy: 'Choose another file.' };
      },
    }).show(<Compare />);
    await test.act(() => test.model.compare.select('a', { path: null, start: 1, end: 1 }));
    await test.act(() => test.model.compare.select('b', { path: '/gone.mcap', start: 0, end: 1 }));
    expect(document.querySelector('[role="alert"]')?.textContent).toContain('/gone.mcap cannot be read.');
  });
});
