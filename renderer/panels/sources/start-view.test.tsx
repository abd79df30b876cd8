import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fillJsdom, openState, TestWindow } from '../../heatmap/testing/window.tsx';
import { StartView } from './start-view.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const workloads = {
  workloads: [
    {
      id: 'game',
      name: 'Game loop',
      description: 'Entities move.',
      parameters: [
        {
          type: 'number',
          name: 'entities',
          label: 'Entities',
          unit: '',
          min: 1,
          max: 9,
          step: 1,
          default: 4,
        },
      ],
    },
  ],
  machine: [{ type: 'boolean', name: 'thp', label: 'Huge pages', default: true }],
};
const closed = { ...openState(), source: null };
const opened = () => test.calls.filter(({ name }) => name === 'source.open').map(({ payload }) => payload);

describe('the start view', () => {
  it('opens the simulated program with its defaults', async () => {
    test = await new TestWindow({
      'session.state': () => closed,
      'workloads.list': () => workloads,
      'source.open': () => openState(),
    }).show(<StartView />);
    expect(document.body.textContent).toContain('Entities move.');
    await test.press('Simulate');
    expect(opened()).toEqual([{ kind: 'simulated', workload: 'game', parameters: {}, seed: 1 }]);
    expect(test.inspector.session.getState().state?.source?.description.title).toBe('Game loop');
  });

  it('attaches by pid, and says what failed and what to do where it was asked', async () => {
    test = await new TestWindow({
      'session.state': () => closed,
      'workloads.list': () => workloads,
      'source.open': () => {
        throw { kind: 'no-such-process', message: 'There is no process 41.', remedy: 'Check the number.' };
      },
    }).show(<StartView />);
    expect(test.button('Attach').disabled).toBe(true);
    await test.type('Process number (pid)', '41');
    await test.press('Attach');
    expect(opened()).toEqual([{ kind: 'native', pid: 41 }]);
    const alert = document.querySelector('[role="alert"]');
    expect(alert?.textContent).toContain('There is no process 41.');
    expect(alert?.textContent).toContain('Check the number.');
    expect(alert?.closest('form')?.textContent).toContain('Attach to a process');
  });

  it('refuses what is no pid without asking the engine', async () => {
    test = await new TestWindow({ 'session.state': () => closed, 'workloads.list': () => workloads }).show(
      <StartView />,
    );
    for (const text of ['0', '-4', '12x', '99999999']) {
      await test.type('Process number (pid)', text);
      expect(test.button('Attach').disabled).toBe(true);
    }
  });

  it('launches a command with its arguments', async () => {
    test = await new TestWindow({
      'session.state': () => closed,
      'workloads.list': () => workloads,
      'source.open': () => openState(),
    }).show(<StartView />);
    await test.type('Command', '/bin/sleep');
    await test.type('Arguments', `1 'a b'`);
    await test.press('Launch');
    expect(opened()).toEqual([
      { kind: 'launch', command: '/bin/sleep', args: ['1', 'a b'], cwd: null, env: {} },
    ]);
  });
});
