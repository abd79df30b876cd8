import { describe, expect, it } from 'vitest';
import type { SessionState } from '#shared/contract/session-state.ts';
import { createStore } from 'zustand/vanilla';
import type { EngineLink } from '../engine/engine-link.ts';
import type { FrameListener, FrameStore } from '../data/frame-store.ts';
import { compared, PageInspection } from './page-inspection.ts';
import type { RafLoop } from '../ui/raf-loop.ts';
import { createSelectionStore, selectPage } from '../stores/selection-store.ts';
import type { SessionStore } from '../stores/session-store.ts';

/** The inspection with an engine that answers on request, and frames that come on request. */
function inspected(able: { walk: 'entries' | 'none'; bytes: boolean } = { walk: 'entries', bytes: true }) {
  const asked: { name: string; page: number; answer: (reply: object) => void }[] = [];
  const link = {
    call: (name: string, { page }: { page: number }) =>
      new Promise((resolve) => asked.push({ name, page, answer: resolve })),
  } as unknown as EngineLink;
  let frames: FrameListener | null = null;
  const store = { listen: (listener: FrameListener) => (frames = listener) } as unknown as FrameStore;
  const state = { source: { capabilities: able } } as unknown as SessionState;
  const session = createStore(() => ({ state }) as SessionStore);
  const selection = createSelectionStore();
  const raf = { add: () => undefined, request: () => undefined } as unknown as RafLoop;
  const inspection = new PageInspection(link, session, selection, store, raf);
  let now = 1000;
  return {
    asked,
    inspection,
    selection,
    state: () => inspection.store.getState(),
    newFrame: () => frames?.applied([], false),
    /** An animation frame, `ms` after the last. */
    paint: (ms = 100) => inspection.frame((now += ms)),
    answer: async (reply: object) => {
      asked.shift()?.answer(reply);
      await Promise.resolve();
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}
const walk = (page: number) => ({ page, steps: [] });

describe('what is asked of the inspected page', () => {
  it('nothing while it is not shown, and nothing without a page', () => {
    const test = inspected();
    selectPage(test.selection, 7);
    test.paint();
    expect(test.asked).toEqual([]);
    const stop = test.inspection.watch('bytes');
    test.selection.setState({ cursor: null });
    test.paint();
    expect(test.asked).toEqual([]);
    selectPage(test.selection, 8);
    stop();
    test.paint();
    expect(test.asked).toEqual([]);
  });

  it('once, and again only after a frame brought something new; never twice at a time', async () => {
    const test = inspected();
    test.inspection.watch('walk');
    selectPage(test.selection, 7);
    test.paint();
    expect(test.asked.map(({ name, page }) => [name, page])).toEqual([['page.walk', 7]]);
    test.newFrame();
    test.paint();
    test.paint();
    expect(test.asked).toHaveLength(1);
    await test.answer(walk(7));
    expect(test.state().walk).toEqual(walk(7));
    test.paint();
    expect(test.asked).toHaveLength(1);
    await test.answer(walk(7));
    test.paint();
    expect(test.asked).toHaveLength(0);
  });

  it('no more often than is readable', async () => {
    const test = inspected();
    test.inspection.watch('walk');
    selectPage(test.selection, 7);
    test.paint();
    await test.answer(walk(7));
    test.newFrame();
    test.paint(10);
    expect(test.asked).toEqual([]);
    test.paint(60);
    expect(test.asked).toHaveLength(1);
  });

  it('an engine that takes long is asked less often', async () => {
    const test = inspected();
    test.inspection.watch('walk');
    selectPage(test.selection, 7);
    test.paint();
    await new Promise((resolve) => setTimeout(resolve, 60));
    await test.answer(walk(7));
    test.newFrame();
    test.paint(200);
    expect(test.asked).toEqual([]);
    test.paint(60_000);
    expect(test.asked).toHaveLength(1);
  });

  it('an answer about another page is dropped', async () => {
    const test = inspected();
    test.inspection.watch('walk');
    selectPage(test.selection, 7);
    test.paint();
    selectPage(test.selection, 8);
    await test.answer(walk(7));
    expect(test.state()).toMatchObject({ page: 8, walk: null });
    test.paint();
    expect(test.asked.map(({ page }) => page)).toEqual([8]);
  });

  it('unsupported queries are not sent', () => {
    const test = inspected({ walk: 'none', bytes: false });
    test.inspection.watch('walk');
    test.inspection.watch('bytes');
    selectPage(test.selection, 7);
    test.paint();
    expect(test.asked).toEqual([]);
  });
});

describe('what changed in a page', () => {
  it('is reported by the read that first showed it', () => {
    const first = compared(null, 7, Uint8Array.of(1, 2, 3, 4));
    expect(first).toMatchObject({ reads: 1, changes: 0 });
    const second = compared(first, 7, Uint8Array.of(1, 9, 3, 8));
    expect([...second.changedIn.subarray(0, 4)]).toEqual([0, 2, 0, 2]);
    const third = compared(second, 7, Uint8Array.of(1, 9, 5, 8));
    expect([...third.changedIn.subarray(0, 4)]).toEqual([0, 2, 3, 2]);
    expect(third).toMatchObject({ reads: 3, changes: 1 });
    // A part that could not be read before.
    expect(compared(compared(null, 7, Uint8Array.of()), 7, Uint8Array.of(0)).changes).toBe(1);
  });
});
