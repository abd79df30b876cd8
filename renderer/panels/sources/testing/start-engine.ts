/** An engine for tests of the start view: one workload, no processes, and write-protection as the only method. */
import { openState, type TestWindow } from '../../../testing/window.tsx';

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
/** The answers to what every start view asks, with no source open and no process to list. */
export const engine = {
  'session.state': () => ({ ...openState(), source: null }),
  'workloads.list': () => workloads,
  'processes.list': () => ({ processes: [], total: 0 }),
  'probe.run': () => ({
    platform: 'linux x64',
    kernel: '6.18.0',
    user: { uid: 1000, name: 'ada' },
    capabilities: [
      {
        id: 'soft-dirty',
        title: 'Soft-dirty',
        available: false,
        evidence: 'Bit 55 is 0.',
        reason: 'The kernel has none.',
        remedy: 'Boot another one.',
      },
    ],
    backends: [
      {
        id: 'write-protect',
        title: 'Write-protection',
        available: true,
        programs: 'own',
        getAndClear: 'atomic',
        reason: 'Exact.',
        remedy: '',
      },
    ],
    choice: { running: 'write-protect', launched: 'write-protect', reason: 'The best there is.' },
  }),
};

/** The sources that the window asked to open, in order. */
export const openedSources = (test: TestWindow) =>
  test.calls.filter(({ name }) => name === 'source.open').map(({ payload }) => payload);

/** The options of every list that is shown: of the processes, and of an open menu. */
export const shownOptions = () => [...document.querySelectorAll<HTMLElement>('[role="option"]')];
