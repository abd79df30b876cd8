import { beforeAll, expect, it } from 'vitest';
import { ALL_ACTIONS } from './all-actions.ts';
import { ActionsContext } from './actions/context.ts';
import { ActionRegistry } from './actions/registry.ts';
import type { StepsMove, StepsState, SubStep } from '#shared/contract/steps.ts';
import { fillJsdom, openState, TestWindow } from './testing/window.tsx';
import { BottomPanel } from './bottom-panel.tsx';

beforeAll(fillJsdom);

const subStep = (number: number, more: Partial<SubStep> = {}): SubStep => ({
  number,
  call: 0,
  kind: 'walk',
  function: 'processor',
  sentence: `Sub-step ${number}.`,
  detail: ['More about it.'],
  process: 0,
  changes: false,
  touched: { vmas: [], pages: [], entries: [], tlb: [], registers: [] },
  ...more,
});

const STEPS = [
  subStep(1),
  subStep(2, {
    kind: 'entry',
    function: 'do_wp_page()',
    changes: true,
    touched: {
      ...subStep(2).touched,
      pages: [{ start: 1024, pages: 1 }],
      entries: [{ process: 0, level: 'PTE', base: 1024, runs: [[0, 1]], set: ['SD'], cleared: [] }],
    },
  }),
];
const CALL = {
  ...{ index: 0, origin: 0, text: 'write addr=0x400000', result: '0' },
  ...{ first: 0, subSteps: 2, process: 0 },
};

const stateAt = (position: number): StepsState => ({
  ...{
    title: 'one write',
    description: 'A test.',
    position,
    known: 2,
    complete: true,
    calls: 1,
    totalCalls: 1,
  },
  current: STEPS[position - 1] ?? null,
  call: position === 0 ? null : CALL,
  process: 0,
  processes: [{ id: 0, parent: null, alive: true }],
  registers: { cr3: 0, cr2: null, errorCode: null },
  tlb: [],
  kept: null,
  failure: null,
});

function shown(window: TestWindow): Promise<TestWindow> {
  const actions = new ActionRegistry(ALL_ACTIONS, [], window.model, window.map);
  return window.show(
    <ActionsContext value={actions}>
      <BottomPanel />
    </ActionsContext>,
  );
}

async function stepped(): Promise<{ window: TestWindow; moves: StepsMove[] }> {
  const moves: StepsMove[] = [];
  let position = 0;
  const window = new TestWindow({
    'session.state': () => openState({ steps: true }),
    'steps.state': () => stateAt(position),
    'steps.list': () => ({ subSteps: STEPS, calls: [CALL] }),
    'steps.move': (move) => {
      moves.push(move as StepsMove);
      if ((move as StepsMove).to === 'forward') position++;
      window.event('steps.changed', stateAt(position));
      return { state: stateAt(position), found: true };
    },
  });
  await shown(window);
  return { window, moves };
}

it('shows the beginning; forward shows the sentence, the function, what changed, and selects the page', async () => {
  const { window, moves } = await stepped();
  expect(window.host.textContent).toContain('one write');
  await window.press('Forward');
  await window.press('Forward');
  expect(moves).toEqual([{ to: 'forward' }, { to: 'forward' }]);
  const text = window.host.textContent;
  expect(text).toContain('Sub-step 2.');
  expect(text).toContain('do_wp_page()');
  expect(text).toContain('+SD');
  expect(window.model.selection.getState().cursor).toBe(1024);
  expect(window.host.querySelector('[aria-current="step"]')?.textContent).toContain('entry');
  expect(window.model.steps.lit).toEqual([{ start: 1024, end: 1025 }]);
  window.close();
});

it('a source that runs by itself has the timeline', async () => {
  const window = new TestWindow();
  await shown(window);
  expect(window.host.querySelector('[aria-label="Timeline"]')).not.toBeNull();
  window.close();
});
