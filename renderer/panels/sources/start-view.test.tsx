/** The start view: each way to open a source, and its errors where they belong. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { act } from 'react';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { StartView } from './start-view.tsx';
import { engine, openedSources } from './testing/start-engine.ts';

beforeAll(() => {
  fillJsdom();
  // jsdom has none; the keys here are numbers and React's own ids.
  vi.stubGlobal('CSS', { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&') });
});
let test: TestWindow;
afterEach(() => test.close());

describe('the start view', () => {
  it('opens the simulated program with its defaults', async () => {
    test = await new TestWindow({
      ...engine,
      'source.open': () => openState(),
    }).show(<StartView />);
    expect(document.body.textContent).toContain('Entities move.');
    await test.press('Simulate');
    expect(openedSources(test)).toEqual([{ kind: 'simulated', workload: 'game', parameters: {}, seed: 1 }]);
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
    expect(openedSources(test)).toEqual([{ kind: 'native', pid: 41 }]);
    const alert = document.querySelector('[role="alert"]');
    expect(alert?.textContent).toContain('There is no process 41.');
    expect(alert?.textContent).toContain('Check the number.');
    expect(alert?.closest('form')?.textContent).toContain('Attach to a process');
  });

  it('offers to read only if another inspector tracks the process', async () => {
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
    // The error is about the refused value, not about what is typed afterwards.
    await test.type('Process number (pid)', '42');
    const button = test.button('Attach with content comparison (reads only)');
    expect(button.closest('[role="alert"]')).toBe(alert);
    refuse = false;
    await test.press('Attach with content comparison (reads only)');
    expect(openedSources(test)).toEqual([
      { kind: 'native', pid: 41 },
      { kind: 'native', pid: 41, backend: 'compare' },
    ]);
    expect(test.model.session.getState().state?.source).not.toBeNull();
    expect(document.querySelector('[role="alert"]')).toBeNull();
  });

  it('offers nothing else if reading would be refused too', async () => {
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

  it('refuses what is not a pid without asking the engine', async () => {
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
    expect(openedSources(test)).toEqual([
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
    expect(openedSources(test)).toEqual([{ ...launched, env: { MODE: 'fast' } }]);
    await test.type('Command', 'other');
    await test.type('Arguments', '');
    await typeLines('');
    await test.press('Previous launches');
    const item = document.querySelector<HTMLElement>('[role="menuitem"]');
    expect(item?.textContent).toContain(`/opt/game/run --level '3 b'`);
    await test.act(() => item?.click());
    await test.press('Launch');
    expect(openedSources(test)[1]).toEqual({ ...launched, env: { MODE: 'fast' } });
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
    expect(openedSources(test)).toEqual([
      { kind: 'launch', command: 'make', args: [], cwd: '/gone', env: { A: '1', B: 'two words' } },
    ]);
    expect(errorAt('Working folder')).toBe('There is no folder /gone. Check the path.');
    expect(errorAt('Command')).toBe('');
    expect(document.querySelector('[role="alert"]')).toBeNull();
    refuse = false;
    await test.type('Working folder', '/there');
    expect(errorAt('Working folder')).toBe('');
    await test.press('Launch');
    expect(openedSources(test)).toHaveLength(2);
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

describe('this machine', () => {
  it('is shown in a line, and in full with evidence, reason and remedy', async () => {
    test = await new TestWindow(engine).show(<StartView />);
    const button = test.button('This machine6.18');
    expect(button.textContent).toContain('6.18.0 · ada');
    expect(button.textContent).toContain('no:  Soft-dirty');
    expect(button.textContent).toContain('yes:  Can watch your own programs');
    expect(button.getAttribute('aria-expanded')).toBe('false');
    await test.press('This machine6.18');
    expect(button.getAttribute('aria-expanded')).toBe('true');
    const rows = [...document.querySelectorAll('.machine__row')].map((row) => row.textContent);
    expect(rows[0]).toBe('no: Soft-dirtyThe kernel has none. Boot another one.Bit 55 is 0.');
    expect(rows[1]).toContain('Used for running programs.');
  });
});
