import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Banners } from './banners.tsx';
import { Toasts } from './toasts.tsx';
import { frameOf, vmaOf } from './testing/memory.ts';
import { fillJsdom, openState, TestWindow } from './testing/window.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => {
  test.close();
  vi.unstubAllGlobals();
});

describe('banners', () => {
  it('report that the engine has ended, keep the picture, and restart it', async () => {
    const restartEngine = vi.fn(() => Promise.resolve());
    vi.stubGlobal('shell', { restartEngine });
    test = await new TestWindow().show(<Banners />);
    await test.frame(frameOf([vmaOf(0, 100)], [5]));
    await test.act(() => test.model.session.setState({ host: { status: 'died', detail: 'Signal 9.' } }));
    expect(document.querySelector('[role="alert"]')?.textContent).toContain(
      'The tracking engine terminated unexpectedly. Signal 9.',
    );
    expect(test.model.session.getState().picture).toBe(true);
    await test.press('Restart the engine');
    expect(restartEngine).toHaveBeenCalledOnce();
  });

  it('offer to open the source again once a new engine is there', async () => {
    test = await new TestWindow({
      'session.state': () => ({ ...openState(), source: null }),
      'source.open': () => openState(),
    }).show(<Banners />);
    await test.frame(frameOf([vmaOf(0, 100)], [5]));
    await test.act(() => test.model.session.setState({ lastOpen: { kind: 'native', pid: 77 } }));
    await test.press('Open it again');
    expect(test.calls).toContainEqual({ name: 'source.open', payload: { kind: 'native', pid: 77 } });
  });

  it.each([
    { ending: 'opens', result: () => openState(), picture: true },
    {
      ending: 'cannot be opened',
      result: () => {
        throw { kind: 'no-such-process', message: 'Process 77 has ended.', remedy: 'Choose another.' };
      },
      picture: false,
    },
  ])('the workbench stays while a source opens in its place, which $ending', async ({ result, picture }) => {
    let during: unknown;
    test = await new TestWindow({
      'session.state': () => ({ ...openState(), source: null }),
      'source.open': () => {
        const { session } = test.model;
        during = [session.getState().picture, document.querySelector('.banners')?.textContent];
        return result();
      },
    }).show(<Banners />);
    await test.frame(frameOf([vmaOf(0, 100)], [5]));
    await test.act(() => test.model.session.setState({ lastOpen: { kind: 'native', pid: 77 } }));
    await test.press('Open it again');
    expect(during).toEqual([true, '']);
    await vi.waitFor(() => expect(test.model.session.getState()).toMatchObject({ opening: false, picture }));
  });

  it('a new engine samples as the user selected for the one before it', async () => {
    test = await new TestWindow({
      'session.state': () => ({ ...openState(), source: null }),
      'session.configure': (change) => ({ ...openState(), source: null, ...(change as object) }),
    }).show(<Banners />);
    await test.act(() => void test.model.source.configure({ mode: 'hold' }));
    await test.act(() => void test.model.source.configure({ hz: 5 }));
    await test.act(() => void test.model.source.connected());
    const configured = test.calls.filter(({ name }) => name === 'session.configure');
    expect(configured.at(-1)?.payload).toEqual({ mode: 'hold', hz: 5 });
    expect(test.model.session.getState().state).toMatchObject({ mode: 'hold', hz: 5 });
  });

  it('do not outlive their source', async () => {
    test = await new TestWindow({
      'session.state': () => openState(),
      'source.close': () => ({ ...openState(), source: null }),
    }).show(<Banners />);
    const problem = { kind: 'io', message: 'A sample failed.', remedy: 'Try again.' } as const;
    await test.act(() => test.model.session.setState({ problem, news: 'Saved.' }));
    await test.act(() => void test.model.source.close());
    const { problem: left, news } = test.model.session.getState();
    expect([left, news]).toEqual([null, null]);
  });

  it('a file that cannot be opened changes nothing and is reported', async () => {
    test = await new TestWindow({
      'session.state': () => openState(),
      'source.open': () => {
        throw { kind: 'damaged-file', message: '/a is not a recording.', remedy: 'Choose another.' };
      },
    }).show(<Toasts />);
    await test.frame(frameOf([vmaOf(0, 100)], [5]));
    await test.act(
      () => void test.model.attempt(() => test.model.source.open({ kind: 'recording', path: '/a' })),
    );
    const { state, picture, lastOpen } = test.model.session.getState();
    expect(document.querySelector('[role="alert"]')?.textContent).toContain('/a is not a recording.');
    expect(state?.source?.description.title).toBe('Game loop');
    expect([picture, lastOpen, test.model.frames.writtenPages]).toEqual([true, null, 1]);
  });
});
