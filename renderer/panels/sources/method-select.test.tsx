/** The tracking method on the start view: automatic, selected, exact, and why one cannot be used. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { StartView } from './start-view.tsx';
import { engine, openedSources, shownOptions } from './testing/start-engine.ts';

beforeAll(() => {
  fillJsdom();
  // jsdom has none; the keys here are numbers and React's own ids.
  vi.stubGlobal('CSS', { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&') });
});
let test: TestWindow;
afterEach(() => test.close());

describe('the tracking method', () => {
  const withMethods = {
    ...engine,
    'probe.run': () => {
      const report = engine['probe.run']();
      const [best] = report.backends;
      const others = [
        { ...best, id: 'preload', programs: 'launched' },
        { ...best, id: 'soft-dirty', programs: 'all', getAndClear: 'emulated-racy' },
        { ...best, id: 'compare', available: false, reason: 'Memory cannot be read.', remedy: 'Be root.' },
      ];
      return { ...report, backends: [best, ...others] };
    },
    'source.open': () => openState(),
  };
  const selectMethod = async (card: string, method: string) => {
    const form = document.querySelector(`.card--${card}`);
    const button = form?.querySelector<HTMLElement>('.method button');
    await test.act(() => button?.click());
    const found = shownOptions().find((one) => one.textContent.startsWith(method));
    await test.act(() => found?.click());
  };

  it('is automatic, or the one that is selected', async () => {
    test = await new TestWindow(withMethods).show(<StartView />);
    await test.type('Process number (pid)', '7');
    await selectMethod('attach', 'soft-dirty');
    const freeze = document.querySelector<HTMLElement>('.card--attach input[type="checkbox"]');
    await test.act(() => freeze?.click());
    await test.press('Attach');
    expect(openedSources(test)).toEqual([{ kind: 'native', pid: 7, backend: 'soft-dirty', freeze: true }]);
    await selectMethod('attach', 'Automatic');
    await test.press('Attach');
    expect(openedSources(test)[1]).toEqual({ kind: 'native', pid: 7 });
  });

  it('is exact if that is asked for, with what it costs', async () => {
    test = await new TestWindow(withMethods).show(<StartView />);
    await test.type('Process number (pid)', '7');
    const box = document.querySelector<HTMLElement>('.card--attach .check input');
    expect(box?.closest('label')?.textContent).toContain('every page in each sample');
    expect(box?.closest('label')?.textContent).toContain('1 µs each');
    await test.act(() => box?.click());
    await test.press('Attach');
    expect(openedSources(test)).toEqual([{ kind: 'native', pid: 7, exact: true }]);
    await selectMethod('attach', 'soft-dirty');
    await test.press('Attach');
    expect(openedSources(test)[1]).toEqual({ kind: 'native', pid: 7, backend: 'soft-dirty' });
  });

  it('explains why another cannot be used', async () => {
    test = await new TestWindow(withMethods).show(<StartView />);
    const button = document.querySelector<HTMLElement>('.card--attach .method button');
    await test.act(() => button?.click());
    const shown = [...document.querySelectorAll('.menu [role="option"]')].map((one) => [
      one.textContent,
      one.getAttribute('aria-disabled'),
    ]);
    expect(shown).toEqual([
      ['Automatic: write-protectThe best there is.', null],
      ['write-protectExact.', null],
      ['preloadOnly for programs launched from here.', 'true'],
      ['soft-dirtyExact.', null],
      ['compareMemory cannot be read. Be root.', 'true'],
    ]);
  });
});
