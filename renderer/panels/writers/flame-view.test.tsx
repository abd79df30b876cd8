import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WritersReply } from '#shared/contract/writers.ts';
import { stacksOf } from '#shared/writers/stacks.ts';
import { selectRange } from '../../stores/selection-store.ts';
import { frameOf, vmaOf } from '../../testing/memory.ts';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { FlameGraph } from './flame-graph.tsx';
import { flameBoxes } from './flame-tree.ts';
import { FlameView } from './flame-view.tsx';

beforeAll(fillJsdom);

const NAMES = ['main', 'loop', 'move', 'draw'];
const replyOf = (
  stacks: readonly { readonly frames: number[]; readonly writes: number }[],
): WritersReply => ({
  places: NAMES.map((name, i) => ({ function: name, module: null, offset: BigInt(i), file: 'a.c', line: i })),
  rows: stacks.map(({ frames, writes }, tid) => ({
    ...{ tid: (tid % 2) + 1, thread: 't', place: frames[0] ?? 0, writes, pages: 1, lastNs: 0 },
    stacks: [{ frames, writes }],
  })),
  ...{ writes: stacks.reduce((sum, { writes }) => sum + writes, 0), omitted: 0, lost: 0, intervals: 1 },
  owners: new Float64Array(),
});

describe('boxes of a flame graph', () => {
  it('are as wide as their writes, within their callers, and have every stack', () => {
    const stack = fc.record({
      frames: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
      writes: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(stack, { minLength: 1, maxLength: 12 }), (stacks) => {
        const reply = replyOf(stacks);
        const boxes = flameBoxes(reply);
        const byPath = new Map(boxes.map((box) => [box.path, box]));
        expect(byPath.size).toBe(boxes.length);
        for (const { path, parent, from, to, writes } of boxes) {
          expect(to - from).toBeCloseTo(writes / reply.writes, 9);
          if (parent === null) continue;
          const above = byPath.get(parent);
          expect(path.startsWith(`${parent}\n`)).toBe(true);
          expect(from).toBeGreaterThanOrEqual((above?.from ?? NaN) - 1e-9);
          expect(to).toBeLessThanOrEqual((above?.to ?? NaN) + 1e-9);
        }
        const expected = new Map<string, number>();
        for (const { thread, frames, writes } of stacksOf(reply)) {
          const names = [thread, ...frames.map((place) => place.function)];
          names.forEach((_, i) => {
            const path = `\n${names.slice(0, i + 1).join('\n')}`;
            expected.set(path, (expected.get(path) ?? 0) + writes);
          });
        }
        expect(new Map(boxes.slice(1).map(({ path, writes }) => [path, writes]))).toEqual(expected);
      }),
    );
  });
});

describe('a flame graph', () => {
  let test: TestWindow;
  afterEach(() => test.close());
  const items = () => [...test.host.querySelectorAll<HTMLElement>('[role="treeitem"]')];
  const item = (name: string): HTMLElement => {
    const found = items().find((one) => one.textContent === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  const press = (key: string): Promise<void> =>
    test.act(
      () => void document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })),
    );

  it('zooms by click and by keys, and names every box', async () => {
    const boxes = flameBoxes(
      replyOf([
        { frames: [2, 0], writes: 30 },
        { frames: [3, 0], writes: 10 },
      ]),
    );
    test = await new TestWindow().show(<FlameGraph boxes={boxes} width={400} />);
    expect(item('move').getAttribute('aria-label')).toBe('move, 30 writes, 75.0 %');
    expect(item('move').style.width).toBe('299px');
    await test.act(() => item('draw').click());
    expect(item('draw').style.width).toBe('399px');
    expect(items().map((one) => one.textContent)).toEqual(['All writers', 't (2)', 'main', 'draw']);
    await test.act(() => item('draw').focus());
    await press('ArrowUp');
    expect(document.activeElement?.textContent).toBe('main');
    await press('Home');
    await press('Enter');
    expect(items()).toHaveLength(7);
    await press('ArrowDown');
    expect(document.activeElement?.textContent).toBe('t (1)');
    await press('ArrowRight');
    expect(document.activeElement?.textContent).toBe('t (2)');
  });

  it.each([
    [true, 'No writers found in this time. Watch the selected pages in tab Writers of the inspector.'],
    [false, 'No writers found in this time.'],
  ])('refers to tab Writers only where that can watch: %s', async (writers, expected) => {
    test = new TestWindow({
      'session.state': () => openState({ writers }, { paused: true }),
      'writers.read': () => replyOf([]),
    });
    await test.show(<FlameView />);
    await test.frame(frameOf([vmaOf(0x1000, 0x1010)], [0x1002]));
    await test.act(() => selectRange(test.model.selection, { start: 0x1002, end: 0x1006 }));
    await test.act(() => undefined);
    expect(test.host.querySelector('.empty')?.textContent).toBe(expected);
  });
});
