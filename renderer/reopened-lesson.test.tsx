import { afterEach, beforeAll, expect, it } from 'vitest';
import type { StepsState } from '#shared/contract/steps.ts';
import { Banners } from './banners.tsx';
import { frameOf, vmaOf } from './testing/memory.ts';
import { fillJsdom, openState, TestWindow } from './testing/window.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const REFERENCE = { kind: 'library', name: 'first-touch' } as const;
const STEP = { title: '', text: '', call: 'write 0x100000000, 1 page', questions: [] };
const PROGRESS = {
  ...{ name: 'first-touch', title: 'First touch', seed: 3, changedAt: 0, finished: false },
  ...{ points: 0, maxPoints: 0, bestPoints: 0, scores: [] },
};
const OPENED = {
  reference: REFERENCE,
  view: {
    ...{ name: 'first-touch', title: 'First touch', text: '', end: '', newerKernels: '', minutes: 5 },
    ...{ seed: 3, varies: true, next: null, steps: [STEP, STEP] },
  },
  scenario: '{}',
  progress: PROGRESS,
};

const MOVED: StepsState = {
  ...{
    title: 'First touch',
    description: '',
    position: 0,
    known: 0,
    complete: true,
    calls: 0,
    totalCalls: 2,
  },
  ...{ current: null, call: null, process: 0, processes: [], tlb: [], kept: null, failure: null },
  registers: { cr3: 0, cr2: null, errorCode: null },
};

/** The state while a lesson's scenario is open, and that of an engine that was just started. */
function states() {
  const state = openState();
  if (state.source === null) throw new Error('no source');
  const capabilities = { ...state.source.capabilities, steps: true };
  return { open: { ...state, source: { ...state.source, capabilities } }, fresh: { ...state, source: null } };
}

it('a lesson is opened again with its scenario, at its page, after the engine ended', async () => {
  const { open, fresh } = states();
  test = await new TestWindow({
    'session.state': () => fresh,
    'session.configure': () => fresh,
    'lesson.open': () => OPENED,
    'source.open': () => open,
    'steps.move': () => ({ found: true, state: MOVED }),
  }).show(<Banners />);
  const { lessons } = test.model;
  await test.act(() => lessons.open(REFERENCE, null, 2));
  await test.frame(frameOf([vmaOf(0, 100)], [5]));
  await test.act(() => test.model.source.connected());
  expect(lessons.store.getState().open).toBeNull();

  await test.press('Open it again');
  expect(lessons.store.getState()).toMatchObject({ open: { reference: REFERENCE }, page: 2 });
  const opened = test.calls.filter(({ name }) => name === 'lesson.open').map(({ payload }) => payload);
  expect(opened).toEqual([
    { lesson: REFERENCE, seed: null },
    { lesson: REFERENCE, seed: 3 },
  ]);
});
