import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WritersReply } from '#shared/contract/writers.ts';
import { selectRange } from '../../stores/selection-store.ts';
import { frameOf, vmaOf } from '../../testing/memory.ts';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { WritersTab } from './writers-tab.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const REPLY: WritersReply = {
  places: [
    { function: 'game::move(long)', module: '/bin/game', offset: 16n, file: '/src/game.cc', line: 42 },
    { function: null, module: '/usr/lib/libc.so.6', offset: 0x1234n, file: null, line: null },
  ],
  rows: [
    {
      tid: 7,
      thread: 'physics',
      place: 0,
      writes: 30,
      pages: 12,
      lastNs: 0.5e9,
      stacks: [{ frames: [0], writes: 30 }],
    },
    {
      tid: 0,
      thread: null,
      place: 1,
      writes: 10,
      pages: 2,
      lastNs: 0.9e9,
      stacks: [{ frames: [1], writes: 10 }],
    },
  ],
  ...{ writes: 40, omitted: 3, lost: 0, intervals: 5, owners: new Float64Array() },
};
const NOTHING: WritersReply = { ...REPLY, places: [], rows: [], writes: 0, omitted: 0, intervals: 0 };
const OFF = { watched: null, writes: 0, ended: null, limitation: null };

type Answers = NonNullable<ConstructorParameters<typeof TestWindow>[0]>;

async function open(answers: Answers, able = {}, more = {}): Promise<void> {
  test = new TestWindow({
    'session.state': () => openState(able, { mode: 'interval', paused: true, ...more }),
    'writers.read': () => REPLY,
    ...answers,
  });
  await test.show(<WritersTab page={0x1002} />);
  await test.frame(frameOf([vmaOf(0x1000, 0x1010, { name: '[heap]', kind: 'heap' })], [0x1002]));
  await test.act(() => selectRange(test.model.selection, { start: 0x1002, end: 0x1006 }));
  await test.act(() => undefined);
}
const text = (): string => test.host.textContent;
const rows = (): string[] => [...test.host.querySelectorAll('tbody tr')].map((row) => row.textContent);

describe('the tab of writers', () => {
  it('lists function, source, thread, pages, share and the last time', async () => {
    await open({}, { writers: true });
    expect(rows()).toEqual([
      'game::move(long)game.cc:42physics (7)1275.0 %0.5 s ago',
      'libc.so.6+0x1234libc.so.6+0x1234another process225.0 %0.1 s ago',
    ]);
    expect(text()).toContain('40 first writes in 5 samples · 3 not listed');
    expect(test.calls.findLast(({ name }) => name === 'writers.read')?.payload).toEqual({
      range: { start: 0x1002, end: 0x1006 },
      time: { startNs: 0, endNs: 1e9 },
      owners: false,
    });
  });

  it('reads the selected interval of time', async () => {
    await open({}, { writers: true });
    await test.act(() => test.model.time.setState({ range: { start: 200, end: 400 } }));
    expect(test.calls.findLast(({ name }) => name === 'writers.read')?.payload).toMatchObject({
      time: { startNs: 200e6, endNs: 400e6 },
    });
    expect(text()).toContain('selected interval of 0.2 s');
  });

  it('starts and stops watching the selection or its mapping', async () => {
    const watched = { start: 0x1000, end: 0x1010, stacks: true };
    await open(
      {
        'writers.read': () => NOTHING,
        'writers.watch': () => ({ ...OFF, watched }),
        'writers.stop': () => ({ ...OFF, writes: 8 }),
      },
      { writers: true },
    );
    expect(text()).toContain('Not watching');
    expect(text()).toContain('No writers found');
    await test.press('Watch mapping [heap]');
    expect(test.calls.findLast(({ name }) => name === 'writers.watch')?.payload).toEqual({
      range: { start: 0x1000, end: 0x1010 },
      stacks: true,
    });
    expect(text()).toContain('Watching 16 pages');
    await test.press('Stop');
    expect(text()).toContain('Not watching');
    await test.press('Watch 4 pages');
    expect(test.calls.findLast(({ name }) => name === 'writers.watch')?.payload).toMatchObject({
      range: { start: 0x1002, end: 0x1006 },
    });
  });

  it('shows why watching ended, why it failed, and what is missing', async () => {
    await open(
      {
        'writers.watch': () => {
          throw { kind: 'not-permitted', message: 'The kernel refuses.', remedy: 'Run as root.' };
        },
      },
      { writers: true },
    );
    await test.press('Watch 4 pages');
    expect(text()).toContain('The kernel refuses.');
    expect(text()).toContain('Run as root.');
    test.event('writers.state', { ...OFF, ended: 'The program ended.' });
    await test.act(() => undefined);
    expect(text()).toContain('Not watching The program ended.');
    test.event('writers.state', {
      ...OFF,
      watched: { start: 0x1000, end: 0x1002, stacks: false },
      limitation: 'libdw is not installed',
    });
    await test.act(() => undefined);
    expect(text()).toContain('libdw is not installed');
    expect(text()).toContain('The selection is outside the watched pages.');
  });

  it('warns in mode hold that nothing is found', async () => {
    await open({}, { writers: true }, { mode: 'hold' });
    test.event('writers.state', { ...OFF, watched: { start: 0x1000, end: 0x1010, stacks: false } });
    await test.act(() => undefined);
    expect(text()).toContain('Nothing is found in mode hold');
  });

  it('is not available for a simulated program', async () => {
    await open({ 'writers.read': () => NOTHING });
    expect(text()).toContain('Not available: a simulated program consists of steps');
    expect(test.host.querySelectorAll('button')).toHaveLength(0);
  });
});
