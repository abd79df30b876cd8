import { act } from 'react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ActionRegistry } from './actions/registry.ts';
import { ALL_ACTIONS, KEY_HINTS } from './all-actions.ts';
import { listenToKeys } from './keys.ts';
import { fillJsdom, openState, TestWindow } from './testing/window.tsx';
import { Toasts } from './toasts.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => {
  test.close();
  vi.useRealTimers();
});

const problem = { kind: 'io', message: 'A sample failed.', remedy: 'Try again.' } as const;
const alert = () => document.querySelector('.toasts [role="alert"]');
const show = (): Promise<TestWindow> => new TestWindow({ 'session.sample': () => ({}) }).show(<Toasts />);

describe('notices', () => {
  it('stay until they are dismissed', async () => {
    test = await show();
    await test.act(() => test.model.session.setState({ problem }));
    expect(alert()?.textContent).toContain('A sample failed.');
    await test.press('Dismiss');
    expect(alert()).toBeNull();
  });

  it('end with their cause: sampling works again, an attempt succeeds', async () => {
    test = await show();
    await test.act(() => test.event('session.problem', problem));
    await test.act(() => test.event('session.recovered', { message: 'Something else.' }));
    expect(alert()).not.toBeNull();
    await test.act(() => test.event('session.recovered', { message: problem.message }));
    expect(alert()).toBeNull();

    await test.act(() => void test.model.attempt(() => Promise.reject(new Error('No room.'))));
    expect(alert()?.textContent).toContain('No room.');
    await test.act(() => void test.model.source.sample());
    expect(alert()).toBeNull();
  });

  it('that only inform end by themselves, unless they are pointed at', async () => {
    test = await show();
    vi.useFakeTimers();
    const news = () => document.querySelector('.toast');
    act(() => test.model.session.setState({ news: 'Saved.' }));
    act(() => void news()?.dispatchEvent(new MouseEvent('pointerover', { bubbles: true })));
    act(() => void vi.runOnlyPendingTimers());
    expect(news()?.textContent).toContain('Saved.');
    act(() => void news()?.dispatchEvent(new MouseEvent('pointerout', { bubbles: true })));
    act(() => void vi.runOnlyPendingTimers());
    expect(news()).toBeNull();
  });
});

describe('keys that work with any focus', () => {
  const key = (name: string, target: Element | null = document.activeElement): Promise<void> =>
    test.act(() =>
      target?.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true })),
    );
  let unlisten = (): void => undefined;
  afterEach(() => unlisten());
  const open = async (): Promise<void> => {
    test = new TestWindow({ 'session.configure': (change) => openState({}, change as object) });
    const actions = new ActionRegistry(ALL_ACTIONS, KEY_HINTS, test.model, test.map);
    unlisten = listenToKeys(window, actions);
    await test.show(
      <>
        <button type="button" onClick={() => pressed++}>
          Hold
        </button>
        <input placeholder="Filter" />
        <Toasts />
      </>,
    );
    await test.act(() => test.model.sync.adopt(openState()));
    await test.act(() => test.model.session.setState({ picture: true }));
  };
  let pressed = 0;
  const configured = () =>
    test.calls.filter(({ name }) => name === 'session.configure').map((one) => one.payload);

  it('Escape ends the newest notice first, then clears the selection', async () => {
    await open();
    await test.act(() => {
      test.model.selection.setState({ range: { start: 1, end: 2 } });
      test.model.session.setState({ problem });
    });
    await key('Escape', document.body);
    expect(alert()).toBeNull();
    expect(test.model.selection.getState().range).not.toBeNull();
    await key('Escape', document.body);
    expect(test.model.selection.getState().range).toBeNull();
  });

  it('Space plays on a button that has the focus, which is not pressed; text fields keep it', async () => {
    await open();
    const hold = test.button('Hold');
    await test.act(() => hold.focus());
    await key(' ');
    expect(configured()).toEqual([{ paused: true }]);
    expect(pressed).toBe(0);
    const field = document.querySelector<HTMLElement>('input[placeholder="Filter"]');
    await test.act(() => field?.focus());
    await key(' ');
    expect(configured()).toHaveLength(1);
  });
});
