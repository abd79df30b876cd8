/** Closing a source. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { selectRange } from './stores/selection-store.ts';
import { frameOf, vmaOf } from './testing/memory.ts';
import { fillJsdom, openState, TestWindow } from './testing/window.tsx';
import { Toasts } from './toasts.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

it('nothing outlives its source: picture, selection, messages, counters, watches', async () => {
  test = await new TestWindow({
    'source.close': () => ({ ...openState(), source: null }),
  }).show(<Toasts />);
  const { model } = test;
  await test.act(() => {
    selectRange(model.selection, { start: 3, end: 5 });
    model.writeWatches.store.setState({ state: { regions: [{ start: 3, pages: 2, kept: 0 }], use: null } });
    model.writeWatches.edit({ base: '0x3000' });
    model.session.setState({
      rates: {
        timeNs: 1e9,
        spanMs: 1000,
        pages: 7,
        starts: new Float64Array(0),
        vmaPages: new Float64Array(0),
      },
      problem: { kind: 'io', message: 'Failed.', remedy: '' },
      news: 'Saved.',
    });
  });
  await test.frame(frameOf([vmaOf(0, 100)], [5]));
  await test.act(() => void model.source.close());
  expect(model.selection.getState()).toMatchObject({ range: null, cursor: null, hover: null });
  expect(model.writeWatches.store.getState()).toMatchObject({ state: { regions: [] }, form: { base: '' } });
  expect(model.session.getState()).toMatchObject({
    ...{ problem: null, news: null, picture: false, rates: null, statistics: null, notices: [] },
  });
  expect(model.frames.writtenPages).toBe(0);
});
