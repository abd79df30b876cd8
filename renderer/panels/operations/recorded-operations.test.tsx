import { afterEach, beforeAll, expect, it } from 'vitest';
import { fillJsdom, openState, TestWindow } from '../../testing/window.tsx';
import { Operations } from './operations.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const playback = {
  path: '/r.mcap',
  startNs: 0,
  endNs: 10e9,
  frames: 200,
  playing: false,
  speed: 1,
  loop: null,
  position: { timeNs: 2e9, frame: 40 },
  recordedAt: null,
  growing: false,
  damage: null,
};
const recorded = () => {
  const state = openState();
  return { ...state, source: state.source && { ...state.source, playback } };
};
const operation = (timeNs: number, more: object) => ({
  timeNs,
  action: 'GET',
  request: { start: 0x1000000n, len: 0x10000n, vecLen: 16, flags: 0 },
  detail: '',
  result: { ok: true, ret: 3, next: null },
  durationNs: 1500,
  ...more,
});

it('a recording lists what was run while it was made, and goes there', async () => {
  test = await new TestWindow({
    'session.state': recorded,
    'timeline.operations': () => ({
      operations: [
        operation(1e9, {}),
        operation(4e9, { action: 'dump_and_reset', request: null, detail: 'Phase 1' }),
        operation(5e9, { result: { ok: false, errno: 'EINVAL', message: 'start is not at a page.' } }),
      ],
      total: 3,
    }),
    'timeline.processEvents': () => ({
      events: [
        { timeNs: 2e9, kind: 'child', pid: 42, message: 'Process 42 was forked; it is not tracked.' },
        { timeNs: 6e9, kind: 'exit', pid: 7, message: 'Process 7 ended.' },
      ],
    }),
    'playback.seek': (payload) => ({ timeNs: (payload as { timeNs: number }).timeNs, frame: 80 }),
  }).show(<Operations />);
  expect(document.body.textContent).toContain('there is no program to run operations on');
  expect([...document.querySelectorAll('button')].some(({ textContent }) => textContent === 'CLEAR')).toBe(
    false,
  );
  const entries = [...document.querySelectorAll<HTMLButtonElement>('.oplog__entry')];
  expect(entries.map(({ textContent }) => textContent)).toEqual([
    '0:01.0GET0x1000000 len 0x10000 vec_len 16 flags 031.5 µs',
    '0:04.0dump_and_resetPhase 131.5 µs',
    '0:05.0GET0x1000000 len 0x10000 vec_len 16 flags 0EINVAL1.5 µs',
  ]);
  expect(entries[0]?.getAttribute('aria-current')).toBe('true');
  await test.act(() => entries[1]?.click());
  expect(test.calls).toContainEqual({ name: 'playback.seek', payload: { timeNs: 4e9 } });
  expect(entries[1]?.getAttribute('aria-current')).toBe('true');
  const events = [...document.querySelectorAll<HTMLButtonElement>('.oplog__event')];
  expect(events.map(({ textContent }) => textContent)).toEqual([
    '0:02.0child42 Process 42 was forked; it is not tracked.',
    '0:06.0exit7 Process 7 ended.',
  ]);
  await test.act(() => events[1]?.click());
  expect(test.calls).toContainEqual({ name: 'playback.seek', payload: { timeNs: 6e9 } });
});
