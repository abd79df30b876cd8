/** The engine's death: nothing is shown as running, and the last picture stays. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HostStatus, Shell } from '#shared/contract/shell.ts';
import type { WatchedWord } from '#shared/contract/words.ts';
import { Banners } from './banners.tsx';
import { WritersTab } from './panels/inspector/writers-tab.tsx';
import { frameOf, vmaOf } from './testing/memory.ts';
import { fillJsdom, openState, TestWindow } from './testing/window.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const WORD: WatchedWord = {
  ...{ id: 'w', address: 0x1000n, size: 8, writes: 20, unknown: 0, pauses: 0, writers: [] },
  ...{ ended: null, limitation: null },
};
const WRITERS = { watched: { start: 1, end: 2, stacks: true }, writes: 7, ended: null, limitation: null };

/** Opens a window on a source; the returned function reports what the shell knows of the engine's process. */
async function open(children: Parameters<TestWindow['show']>[0]): Promise<(status: HostStatus) => void> {
  test = new TestWindow({
    'session.state': () => openState({ writers: true, words: true }, { mode: 'interval', paused: true }),
    'writers.read': () => ({
      ...{ places: [], rows: [], writes: 0, omitted: 0, lost: 0, intervals: 0, owners: new Float64Array() },
    }),
  });
  let report: (status: HostStatus) => void = () => undefined;
  const shell: Partial<Shell> = {
    onHostStatus: (listener) => {
      report = listener;
      return () => undefined;
    },
  };
  // Only what the link uses of a window.
  const target = { shell, addEventListener: () => undefined, removeEventListener: () => undefined };
  test.model.link.attach(target as unknown as Window);
  await test.show(children);
  return (status) => report(status);
}
const DIED: HostStatus = { status: 'died', detail: 'It was ended by SIGKILL.' };

describe('when the engine dies', () => {
  it('nothing is watched, and what was found stays', async () => {
    const report = await open(<WritersTab page={1} />);
    const { model } = test;
    await test.frame(frameOf([vmaOf(0, 100)], [5]));
    await test.act(() => {
      model.writers.adopt(WRITERS);
      model.words.store.setState({ words: [WORD] });
      model.writeWatches.adopt({ regions: [{ start: 3, pages: 2, kept: 0 }], use: null });
      model.triggers.adopt([
        {
          ...{ id: 't', enabled: true, each: false, met: 0, acted: 0, withheld: 0 },
          ...{ lastNs: null, result: '', problem: null },
          condition: { kind: 'pages', memory: null, atLeast: 1 },
          action: { kind: 'pause' },
        },
      ]);
    });
    expect(test.host.textContent).toContain('Watching 1 page');
    await test.act(() => report(DIED));
    expect(model.writers.store.getState().state).toEqual({
      ...WRITERS,
      watched: null,
      ended: 'The tracking engine terminated unexpectedly.',
    });
    expect(test.host.textContent).toContain('Not watching The tracking engine terminated unexpectedly.');
    expect(test.button('Watch 1 page').disabled).toBe(true);
    expect(model.words.store.getState().words).toEqual([
      { ...WORD, ended: 'The tracking engine terminated unexpectedly.' },
    ]);
    expect(model.writeWatches.store.getState().state.regions).toEqual([]);
    expect(model.triggers.store.getState().triggers).toEqual([]);
    // Reading again would only report again that there is no engine.
    await test.act(() => {
      model.words.refresh();
      model.writers.refresh(null);
    });
    expect(model.words.store.getState().problem).toBeNull();
    expect(model.writers.store.getState().problem).toBeNull();
  });

  it('another source cannot be opened, and the last picture stays', async () => {
    const report = await open(<Banners />);
    const { model } = test;
    await test.frame(frameOf([vmaOf(0, 100)], [5]));
    await test.act(() => report(DIED));
    await expect(model.source.open({ kind: 'demo' })).rejects.toMatchObject({ kind: 'host-died' });
    expect(model.session.getState()).toMatchObject({ picture: true, opening: false, lastOpen: null });
    expect(model.frames.writtenPages).toBe(1);
    expect(test.calls.map(({ name }) => name)).not.toContain('source.open');
  });

  it('only a real program that the inspector did not launch is reported to continue', async () => {
    const stays = 'The last picture stays here until another source is opened.';
    const report = await open(<Banners />);
    const { model } = test;
    await test.frame(frameOf([vmaOf(0, 100)], [5]));
    await test.act(() => report(DIED));
    expect(test.host.textContent).toContain(`SIGKILL.${stays}`);
    const { source, ...rest } = openState();
    if (source === null) throw new Error('nothing is open');
    const description = { ...source.description, kind: 'native', pid: 7 } as const;
    await test.act(() => model.session.setState({ state: { ...rest, source: { ...source, description } } }));
    expect(test.host.textContent).toContain(`SIGKILL.The watched program continues. ${stays}`);
    await test.act(() => model.session.setState({ lastOpen: { kind: 'demo' } }));
    expect(test.host.textContent).toContain(`SIGKILL.${stays}`);
  });

  it('no picture is promised if there is none', async () => {
    const report = await open(<Banners />);
    await test.act(() => report(DIED));
    expect(test.host.textContent).toBe(
      'The tracking engine terminated unexpectedly. It was ended by SIGKILL.Restart the engine',
    );
  });
});
