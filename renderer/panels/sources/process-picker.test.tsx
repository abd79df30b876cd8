/** The process list of the start view: keyboard, search, obstacles and polling. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { act } from 'react';
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

const processOf = (pid: number, name: string, obstacle: object | null = null) => ({
  pid,
  uid: 1000,
  user: 'ada',
  name,
  commandLine: `/usr/bin/${name} --serve`,
  residentBytes: 3 * 1024 * 1024,
  cpuMs: 100 * (100 - pid),
  ageMs: 10_000,
  backend: obstacle ? null : 'write-protect',
  limitation: null,
  obstacle,
});
const mine = processOf(41, 'game');
const foreign = processOf(99, 'secrets', {
  kind: 'not-permitted',
  message: 'It belongs to another user.',
  remedy: 'Start the inspector as root.',
});
const wait = (ms: number) => act(() => new Promise((resolve) => setTimeout(resolve, ms)));
const lists = () => test.calls.filter(({ name }) => name === 'processes.list').map(({ payload }) => payload);

describe('the process list', () => {
  const show = async (processes: () => object[]) => {
    test = await new TestWindow({
      ...engine,
      'processes.list': (payload) => {
        const { search } = payload as { search: string };
        const fits = processes().filter((one) => (one as { name: string }).name.includes(search));
        return { processes: fits, total: processes().length };
      },
      'source.open': () => openState(),
    }).show(<StartView />);
  };
  /** Presses a key where the focus is. */
  const key = (name: string) =>
    test.act(() => {
      const target = document.activeElement ?? document.body;
      for (const type of ['keydown', 'keyup']) {
        target.dispatchEvent(new KeyboardEvent(type, { key: name, bubbles: true, cancelable: true }));
      }
    });

  it('works with the keyboard: the selected pid is in the pid field, Enter attaches', async () => {
    await show(() => [mine, foreign]);
    expect(shownOptions().map((one) => one.getAttribute('aria-label'))).toEqual([
      'game 41 ada 59 % 3 MiB game --serve, can be attached to',
      'secrets 99 ada 1.0 % 3 MiB secrets --serve, cannot be attached to: It belongs to another user.',
    ]);
    await test.act(() => document.querySelector<HTMLElement>('[placeholder^="Name, pid"]')?.focus());
    await key('ArrowDown');
    await key('ArrowDown');
    await key('ArrowUp');
    expect(document.activeElement?.getAttribute('aria-label')).toContain('game');
    expect(shownOptions()[0]?.getAttribute('aria-selected')).toBe('true');
    expect(document.querySelector<HTMLInputElement>('[placeholder="12345"]')?.value).toBe('41');
    await key('Enter');
    expect(openedSources(test)).toEqual([{ kind: 'native', pid: 41 }]);
  });

  it('never attaches to a row that the search hides; Enter attaches to the selected row that is seen', async () => {
    let answers = true;
    await show(() => {
      if (!answers) throw { kind: 'io', message: '/proc cannot be read.', remedy: '' };
      return [mine, foreign];
    });
    const pid = () => document.querySelector<HTMLInputElement>('[placeholder="12345"]')?.value;
    await test.act(() => document.querySelector<HTMLElement>('[placeholder^="Name, pid"]')?.focus());
    for (const arrow of ['ArrowDown', 'ArrowDown', 'ArrowUp']) await key(arrow);
    expect(pid()).toBe('41');
    answers = false;
    await test.type('Search processes', 'secrets');
    while (document.body.textContent?.includes('/proc cannot be read.') !== true) await wait(20);
    // The list is still that of the search before: nothing is attached to by it.
    await test.act(() => document.querySelector<HTMLElement>('[placeholder^="Name, pid"]')?.focus());
    await key('Enter');
    expect(openedSources(test)).toEqual([]);
    answers = true;
    while (shownOptions().length !== 1 || pid() !== '') await wait(20);
    expect(shownOptions()[0]?.textContent).toContain('secrets');
    expect(test.button('Attach').disabled).toBe(true);
    await test.act(() => document.querySelector<HTMLElement>('[placeholder^="Name, pid"]')?.focus());
    await key('Enter');
    expect(pid()).toBe('99');
    expect(openedSources(test)).toEqual([]);
    await test.act(() => document.querySelector<HTMLElement>('[placeholder^="Name, pid"]')?.focus());
    await key('Enter');
    expect(openedSources(test)).toEqual([{ kind: 'native', pid: 99 }]);
  });

  it('explains why the selected one cannot be attached to, and what to do', async () => {
    await show(() => [mine, foreign]);
    await test.type('Process number (pid)', '99');
    const note = document.querySelector('.processes .message');
    expect(note?.textContent).toContain('It belongs to another user.');
    expect(note?.textContent).toContain('Start the inspector as root.');
    await test.type('Process number (pid)', '41');
    expect(document.querySelector('.processes .message')).toBeNull();
  });

  it('searches in the engine, and shows the number of matches', async () => {
    await show(() => [mine, foreign]);
    await test.type('Search processes', 'gam');
    while (shownOptions().length !== 1) await wait(20);
    expect(shownOptions()).toHaveLength(1);
    expect(lists()).toEqual([{ search: '' }, { search: 'gam' }]);
    expect(document.querySelector('[data-testid="process-count"]')?.textContent).toBe('1 of 2');
    await test.type('Search processes', 'nothing such');
    while (document.body.textContent?.includes('None of 2 processes matches.') !== true) await wait(20);
  });

  it('is read again every two seconds, but not while the window is hidden', async () => {
    const setVisibility = (state: string) =>
      test.act(() => {
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      });
    /** Waits for that many requests, and for what the window does with the last answer. */
    const requests = async (count: number) => {
      while (lists().length < count) await wait(20);
      await wait(0);
      expect(lists()).toHaveLength(count);
    };
    let processes = [mine];
    await show(() => processes);
    expect(shownOptions()).toHaveLength(1);
    processes = [mine, foreign];
    await requests(2);
    expect(shownOptions()).toHaveLength(2);
    await setVisibility('hidden');
    await wait(2500);
    expect(lists()).toHaveLength(2);
    await setVisibility('visible');
    await requests(3);
  });
});
