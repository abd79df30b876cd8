import { act } from 'react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Effect } from '#shared/contract/preflight.ts';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { AttachCard } from './attach-card.tsx';

beforeAll(() => {
  fillJsdom();
  vi.stubGlobal('CSS', { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&') });
});
let test: TestWindow;
afterEach(() => test.close());

const effect = (id: Effect['id'], severity: Effect['severity'], title: string): Effect => ({
  ...{ id, severity, title },
  detail: `Detail of ${id}.`,
  chance: 'Rarely.',
});
const HUGE = effect('huge-pages', 'caution', '1,024 huge pages will be split when written');
const NOTES = [
  effect('stop', 'note', 'One thread stops for less than 1 ms'),
  effect('first-write', 'note', 'First writes take longer'),
  effect('madv-collapse', 'note', 'MADV_COLLAPSE fails'),
  effect('mremap-grown', 'note', 'mremap can fail'),
];
const preflightOf = (hugePages: number) => ({
  pid: 41,
  name: 'game',
  backend: 'write-protect',
  facts: {
    ...{ threads: 1, vmas: 30, maxVmas: 65530, hugePages, sharedMappings: 0, seccomp: 0, tracer: 0 },
    ...{ userfaultfds: 0, ioUrings: 0, softDirtyFiles: 0 },
  },
  effects: hugePages > 0 ? [HUGE, ...NOTES] : NOTES,
});

const settled = () => act(() => new Promise((resolve) => setTimeout(resolve, 250)));

async function show(hugePages: number | null) {
  const closed = { ...openState(), source: null };
  test = await new TestWindow({
    'session.state': () => closed,
    'processes.list': () => ({ processes: [], total: 0 }),
    'processes.preflight': () => {
      if (hugePages === null) throw { kind: 'no-such-process', message: 'There is none.', remedy: '' };
      return preflightOf(hugePages);
    },
    'source.open': () => openState(),
  }).show(<AttachCard report={null} />);
  await test.type('Process number (pid)', '41');
  await settled();
}
const section = () => document.querySelector('[data-testid="attach-effects"]');
const lines = () => [...(section()?.querySelectorAll('.effects__list:not(.effects__list--rest) li') ?? [])];
const opened = () => test.calls.filter(({ name }) => name === 'source.open').map(({ payload }) => payload);

describe('what attaching can change', () => {
  it('is listed for the selected process before it is attached to: three lines, the rest on request', async () => {
    await show(1024);
    expect(lines().map((line) => line.textContent)).toEqual([
      `Caution: ${HUGE.title}. Detail of huge-pages. Rarely.`,
      `Note: ${NOTES[0].title}. Detail of stop. Rarely.`,
      `Note: ${NOTES[1].title}. Detail of first-write. Rarely.`,
    ]);
    const more = test.button('2 more effects');
    expect(more.getAttribute('aria-expanded')).toBe('false');
    await test.press('2 more effects');
    expect(more.getAttribute('aria-expanded')).toBe('true');
    expect(section()?.querySelector('.effects__list--rest')?.textContent).toContain('mremap can fail');
    expect(test.calls.filter(({ name }) => name === 'source.open')).toEqual([]);
  });

  it('has the choice how huge pages are treated only if there are any', async () => {
    await show(0);
    expect(lines()).toHaveLength(3);
    expect(section()?.textContent).not.toContain('Restore huge pages');
  });

  it('restores huge pages unless that is switched off', async () => {
    await show(1024);
    const box = section()?.querySelector<HTMLInputElement>('input[type="checkbox"]');
    expect(box?.checked).toBe(true);
    await test.act(() => box?.click());
    await test.press('Attach');
    expect(opened()).toEqual([{ kind: 'native', pid: 41, restoreHuge: false }]);
  });

  it('is left out if it is not known, and attaching reports why', async () => {
    await show(null);
    expect(section()).toBeNull();
    await test.press('Attach');
    expect(opened()).toEqual([{ kind: 'native', pid: 41 }]);
  });
});
