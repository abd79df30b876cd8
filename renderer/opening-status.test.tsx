import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Toasts } from './toasts.tsx';
import { fillJsdom, TestWindow } from './testing/window.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const status = () => document.querySelector('[aria-label="Opening a recording"]');

it('a recording that takes long to open is named, and opening it can be cancelled', async () => {
  test = await new TestWindow({ 'source.cancelOpening': () => ({}) }).show(<Toasts />);
  await test.act(() =>
    test.model.session.setState({ opening: true, lastOpen: { kind: 'recording', path: '/tmp/long.mcap' } }),
  );
  await vi.waitFor(async () => {
    await test.act(() => undefined);
    expect(status()?.textContent).toContain('Opening long.mcap');
  }, 10_000);
  await test.press('Cancel opening');
  expect(test.calls).toContainEqual({ name: 'source.cancelOpening', payload: {} });
  await test.act(() => test.model.session.setState({ opening: false }));
  expect(status()).toBeNull();
});

it('a source that takes long to open beside the last picture is reported', async () => {
  test = await new TestWindow({}).show(<Toasts />);
  const native = { kind: 'native', pid: 77 } as const;
  await test.act(() => test.model.session.setState({ opening: true, picture: true, lastOpen: native }));
  await vi.waitFor(async () => {
    await test.act(() => undefined);
    expect(document.querySelector('[aria-label="Opening a source"]')?.textContent).toBe(
      'Opening the source …',
    );
  }, 10_000);
  await test.act(() => test.model.session.setState({ picture: false }));
  expect(document.querySelector('[aria-label="Opening a source"]')).toBeNull();
});
