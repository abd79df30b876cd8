import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { act } from 'react';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { StartView } from './start-view.tsx';

beforeAll(() => {
  fillJsdom();
  // jsdom has none; the keys here are numbers and React's own ids.
  vi.stubGlobal('CSS', { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&') });
});
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
/** What every start view asks; no process runs. */
const engine = {
  'session.state': () => closed,
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
const opened = () => test.calls.filter(({ name }) => name === 'source.open').map(({ payload }) => payload);

describe('the start view', () => {
  it('opens the simulated program with its defaults', async () => {
    test = await new TestWindow({
      ...engine,
      'source.open': () => openState(),
    }).show(<StartView />);
    expect(document.body.textContent).toContain('Entities move.');
    await test.press('Simulate');
    expect(opened()).toEqual([{ kind: 'simulated', workload: 'game', parameters: {}, seed: 1 }]);
    expect(test.model.session.getState().state?.source?.description.title).toBe('Game loop');
  });

  it('attaches by pid, and shows errors and remedies in place', async () => {
    test = await new TestWindow({
      ...engine,
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

  it('offers to read only where another inspector tracks the process', async () => {
    let refuse = true;
    test = await new TestWindow({
      ...engine,
      'source.open': () => {
        if (!refuse) return openState();
        throw {
          kind: 'already-traced',
          message: 'Process 41 is already tracked by another inspector (process 40).',
          remedy: 'End that one, or attach with content comparison (--backend compare), which only reads.',
        };
      },
    }).show(<StartView />);
    await test.type('Process number (pid)', '41');
    await test.press('Attach');
    const alert = document.querySelector('[role="alert"]');
    expect(alert?.textContent).toContain('already tracked by another inspector (process 40).');
    // What was refused is meant, not what is typed afterwards.
    await test.type('Process number (pid)', '42');
    const button = test.button('Attach with content comparison (reads only)');
    expect(button.closest('[role="alert"]')).toBe(alert);
    refuse = false;
    await test.press('Attach with content comparison (reads only)');
    expect(opened()).toEqual([
      { kind: 'native', pid: 41 },
      { kind: 'native', pid: 41, backend: 'compare' },
    ]);
    expect(test.model.session.getState().state?.source).not.toBeNull();
    expect(document.querySelector('[role="alert"]')).toBeNull();
  });

  it('offers nothing else where reading would be refused too', async () => {
    test = await new TestWindow({
      ...engine,
      'source.open': () => {
        throw { kind: 'not-permitted', message: 'It belongs to another user.', remedy: 'Be root.' };
      },
    }).show(<StartView />);
    await test.type('Process number (pid)', '41');
    await test.press('Attach');
    expect(document.querySelector('[role="alert"]')?.querySelectorAll('button')).toHaveLength(1);
  });

  it('refuses what is no pid without asking the engine', async () => {
    test = await new TestWindow(engine).show(<StartView />);
    for (const text of ['0', '-4', '12x', '99999999']) {
      await test.type('Process number (pid)', text);
      expect(test.button('Attach').disabled).toBe(true);
    }
  });

  it('launches a command with its arguments', async () => {
    test = await new TestWindow({
      ...engine,
      'source.open': () => openState(),
    }).show(<StartView />);
    await test.type('Command', '/bin/sleep');
    await test.type('Arguments', `1 'a b'`);
    await test.press('Launch');
    expect(opened()).toEqual([
      { kind: 'launch', command: '/bin/sleep', args: ['1', 'a b'], cwd: null, env: {} },
    ]);
  });

  it('remembers launches: selecting one fills the form, Browse the command', async () => {
    vi.stubGlobal('shell', {
      selectProgram: () => Promise.resolve('/opt/game/run'),
      recentRecordings: () => Promise.resolve([]),
      permit: () => Promise.resolve('permit'),
    });
    test = await new TestWindow({ ...engine, 'source.open': () => openState() }).show(<StartView />);
    await test.press('Browse');
    await test.type('Arguments', `--level '3 b'`);
    await typeLines('MODE=fast');
    await test.press('Launch');
    const launched = { kind: 'launch', command: '/opt/game/run', args: ['--level', '3 b'], cwd: null };
    expect(opened()).toEqual([{ ...launched, env: { MODE: 'fast' } }]);
    await test.type('Command', 'other');
    await test.type('Arguments', '');
    await typeLines('');
    await test.press('Previous launches');
    const item = document.querySelector<HTMLElement>('[role="menuitem"]');
    expect(item?.textContent).toContain(`/opt/game/run --level '3 b'`);
    await test.act(() => item?.click());
    await test.press('Launch');
    expect(opened()[1]).toEqual({ ...launched, env: { MODE: 'fast' } });
    vi.unstubAllGlobals();
  });

  it('launches in a folder with variables; errors are shown at their field', async () => {
    let refuse = true;
    test = await new TestWindow({
      ...engine,
      'source.open': () => {
        if (!refuse) return openState();
        throw { kind: 'no-such-folder', message: 'There is no folder /gone.', remedy: 'Check the path.' };
      },
    }).show(<StartView />);
    await test.type('Command', 'make');
    await test.type('Working folder', 'here');
    expect(test.button('Launch').disabled).toBe(true);
    expect(errorAt('Working folder')).toContain('from the root');
    await test.type('Working folder', '/gone');
    await typeLines('A=1\nB');
    expect(test.button('Launch').disabled).toBe(true);
    expect(errorAt('Environment')).toBe('Line 2: write NAME=value');
    await typeLines('A=1\nB=two words');
    await test.press('Launch');
    expect(opened()).toEqual([
      { kind: 'launch', command: 'make', args: [], cwd: '/gone', env: { A: '1', B: 'two words' } },
    ]);
    expect(errorAt('Working folder')).toBe('There is no folder /gone. Check the path.');
    expect(errorAt('Command')).toBe('');
    expect(document.querySelector('[role="alert"]')).toBeNull();
    refuse = false;
    await test.type('Working folder', '/there');
    expect(errorAt('Working folder')).toBe('');
    await test.press('Launch');
    expect(opened()).toHaveLength(2);
  });
});

/** The error of a field, as found by a screen reader. */
function errorAt(label: string): string {
  const field = [...document.querySelectorAll('label')].find((one) => one.textContent === label);
  const ids = document.getElementById(field?.htmlFor ?? '')?.getAttribute('aria-describedby') ?? '';
  return ids
    .split(' ')
    .map((id) => document.getElementById(id)?.textContent ?? '')
    .join('');
}

async function typeLines(text: string): Promise<void> {
  const area = document.querySelector('textarea');
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set?.call(area, text);
    area?.dispatchEvent(new Event('input', { bubbles: true }));
    await Promise.resolve();
  });
}

const processOf = (pid: number, name: string, obstacle: object | null = null) => ({
  pid,
  uid: 1000,
  user: 'ada',
  name,
  commandLine: `/usr/bin/${name} --serve`,
  residentBytes: 3 * 1024 * 1024,
  cpuMs: 100 * (100 - pid),
  ageMs: 10_000,
  backend: obstacle ? null : 'write-protect',
  limitation: null,
  obstacle,
});
const mine = processOf(41, 'game');
const foreign = processOf(99, 'secrets', {
  kind: 'not-permitted',
  message: 'It belongs to another user.',
  remedy: 'Start the inspector as root.',
});
const wait = (ms: number) => act(() => new Promise((resolve) => setTimeout(resolve, ms)));
const options = () => [...document.querySelectorAll<HTMLElement>('[role="option"]')];
const lists = () => test.calls.filter(({ name }) => name === 'processes.list').map(({ payload }) => payload);

describe('the process list', () => {
  const show = async (processes: () => object[]) => {
    test = await new TestWindow({
      ...engine,
      'processes.list': (payload) => {
        const { search } = payload as { search: string };
        const fits = processes().filter((one) => (one as { name: string }).name.includes(search));
        return { processes: fits, total: processes().length };
      },
      'source.open': () => openState(),
    }).show(<StartView />);
  };
  /** Presses a key where the focus is. */
  const key = (name: string) =>
    test.act(() => {
      const target = document.activeElement ?? document.body;
      for (const type of ['keydown', 'keyup']) {
        target.dispatchEvent(new KeyboardEvent(type, { key: name, bubbles: true, cancelable: true }));
      }
    });

  it('works with the keyboard: the selected pid is in the pid field, Enter attaches', async () => {
    await show(() => [mine, foreign]);
    expect(options().map((one) => one.getAttribute('aria-label'))).toEqual([
      'game 41 ada 59 % 3 MiB game --serve, can be attached to',
      'secrets 99 ada 1.0 % 3 MiB secrets --serve, cannot be attached to: It belongs to another user.',
    ]);
    await test.act(() => document.querySelector<HTMLElement>('[placeholder^="Name, pid"]')?.focus());
    await key('ArrowDown');
    await key('ArrowDown');
    await key('ArrowUp');
    expect(document.activeElement?.getAttribute('aria-label')).toContain('game');
    expect(options()[0]?.getAttribute('aria-selected')).toBe('true');
    expect(document.querySelector<HTMLInputElement>('[placeholder="12345"]')?.value).toBe('41');
    await key('Enter');
    expect(opened()).toEqual([{ kind: 'native', pid: 41 }]);
  });

  it('never attaches to a row that the search hides; Enter attaches to the selected row that is seen', async () => {
    let answers = true;
    await show(() => {
      if (!answers) throw { kind: 'io', message: '/proc cannot be read.', remedy: '' };
      return [mine, foreign];
    });
    const pid = () => document.querySelector<HTMLInputElement>('[placeholder="12345"]')?.value;
    await test.act(() => document.querySelector<HTMLElement>('[placeholder^="Name, pid"]')?.focus());
    for (const arrow of ['ArrowDown', 'ArrowDown', 'ArrowUp']) await key(arrow);
    expect(pid()).toBe('41');
    answers = false;
    await test.type('Search processes', 'secrets');
    while (document.body.textContent?.includes('/proc cannot be read.') !== true) await wait(20);
    // The list is still that of the search before: nothing is attached to by it.
    await test.act(() => document.querySelector<HTMLElement>('[placeholder^="Name, pid"]')?.focus());
    await key('Enter');
    expect(opened()).toEqual([]);
    answers = true;
    while (options().length !== 1 || pid() !== '') await wait(20);
    expect(options()[0]?.textContent).toContain('secrets');
    expect(test.button('Attach').disabled).toBe(true);
    await test.act(() => document.querySelector<HTMLElement>('[placeholder^="Name, pid"]')?.focus());
    await key('Enter');
    expect(pid()).toBe('99');
    expect(opened()).toEqual([]);
    await test.act(() => document.querySelector<HTMLElement>('[placeholder^="Name, pid"]')?.focus());
    await key('Enter');
    expect(opened()).toEqual([{ kind: 'native', pid: 99 }]);
  });

  it('explains why the selected one cannot be attached to, and what to do', async () => {
    await show(() => [mine, foreign]);
    await test.type('Process number (pid)', '99');
    const note = document.querySelector('.processes .message');
    expect(note?.textContent).toContain('It belongs to another user.');
    expect(note?.textContent).toContain('Start the inspector as root.');
    await test.type('Process number (pid)', '41');
    expect(document.querySelector('.processes .message')).toBeNull();
  });

  it('searches in the engine, and shows the number of matches', async () => {
    await show(() => [mine, foreign]);
    await test.type('Search processes', 'gam');
    while (options().length !== 1) await wait(20);
    expect(options()).toHaveLength(1);
    expect(lists()).toEqual([{ search: '' }, { search: 'gam' }]);
    expect(document.querySelector('[data-testid="process-count"]')?.textContent).toBe('1 of 2');
    await test.type('Search processes', 'nothing such');
    while (document.body.textContent?.includes('None of 2 processes matches.') !== true) await wait(20);
  });

  it('is looked at again every two seconds, but not while the window is hidden', async () => {
    const setVisibility = (state: string) =>
      test.act(() => {
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      });
    /** Waits for that many requests, and for what the window does with the last answer. */
    const looks = async (count: number) => {
      while (lists().length < count) await wait(20);
      await wait(0);
      expect(lists()).toHaveLength(count);
    };
    let processes = [mine];
    await show(() => processes);
    expect(options()).toHaveLength(1);
    processes = [mine, foreign];
    await looks(2);
    expect(options()).toHaveLength(2);
    await setVisibility('hidden');
    await wait(2500);
    expect(lists()).toHaveLength(2);
    await setVisibility('visible');
    await looks(3);
  });
});

describe('this machine', () => {
  it('is shown in a line, and in full with evidence, reason and remedy', async () => {
    test = await new TestWindow(engine).show(<StartView />);
    const button = test.button('This machine');
    expect(button.textContent).toContain('6.18.0 · ada');
    expect(button.textContent).toContain('no:  Soft-dirty');
    expect(button.textContent).toContain('yes:  Can watch your own programs');
    expect(button.getAttribute('aria-expanded')).toBe('false');
    await test.press('This machine');
    expect(button.getAttribute('aria-expanded')).toBe('true');
    const rows = [...document.querySelectorAll('.machine__row')].map((row) => row.textContent);
    expect(rows[0]).toBe('no: Soft-dirtyThe kernel has none. Boot another one.Bit 55 is 0.');
    expect(rows[1]).toContain('Used for running programs.');
  });
});

describe('the tracking method', () => {
  const ways = {
    ...engine,
    'probe.run': () => {
      const report = engine['probe.run']();
      const [best] = report.backends;
      const others = [
        { ...best, id: 'preload', programs: 'launched' },
        { ...best, id: 'soft-dirty', programs: 'all', getAndClear: 'emulated-racy' },
        { ...best, id: 'compare', available: false, reason: 'Memory cannot be read.', remedy: 'Be root.' },
      ];
      return { ...report, backends: [best, ...others] };
    },
    'source.open': () => openState(),
  };
  const choose = async (card: string, way: string) => {
    const form = document.querySelector(`.card--${card}`);
    const button = form?.querySelector<HTMLElement>('.method button');
    await test.act(() => button?.click());
    const found = options().find((one) => one.textContent.startsWith(way));
    await test.act(() => found?.click());
  };

  it('is automatic, or the one that is selected', async () => {
    test = await new TestWindow(ways).show(<StartView />);
    await test.type('Process number (pid)', '7');
    await choose('attach', 'soft-dirty');
    const freeze = document.querySelector<HTMLElement>('.card--attach input[type="checkbox"]');
    await test.act(() => freeze?.click());
    await test.press('Attach');
    expect(opened()).toEqual([{ kind: 'native', pid: 7, backend: 'soft-dirty', freeze: true }]);
    await choose('attach', 'Automatic');
    await test.press('Attach');
    expect(opened()[1]).toEqual({ kind: 'native', pid: 7 });
  });

  it('is exact where that is asked for, with what it costs', async () => {
    test = await new TestWindow(ways).show(<StartView />);
    await test.type('Process number (pid)', '7');
    const box = document.querySelector<HTMLElement>('.card--attach .check input');
    expect(box?.closest('label')?.textContent).toContain('every page in each sample');
    expect(box?.closest('label')?.textContent).toContain('1 µs each');
    await test.act(() => box?.click());
    await test.press('Attach');
    expect(opened()).toEqual([{ kind: 'native', pid: 7, exact: true }]);
    await choose('attach', 'soft-dirty');
    await test.press('Attach');
    expect(opened()[1]).toEqual({ kind: 'native', pid: 7, backend: 'soft-dirty' });
  });

  it('explains why another cannot be used', async () => {
    test = await new TestWindow(ways).show(<StartView />);
    const button = document.querySelector<HTMLElement>('.card--attach .method button');
    await test.act(() => button?.click());
    const words = [...document.querySelectorAll('.menu [role="option"]')].map((one) => [
      one.textContent,
      one.getAttribute('aria-disabled'),
    ]);
    expect(words).toEqual([
      ['Automatic: write-protectThe best there is.', null],
      ['write-protectExact.', null],
      ['preloadOnly for programs launched from here.', 'true'],
      ['soft-dirtyExact.', null],
      ['compareMemory cannot be read. Be root.', 'true'],
    ]);
  });
});
