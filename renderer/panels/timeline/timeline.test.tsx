import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PlaybackState } from '#shared/contract/recording.ts';
import { fillJsdom, openState, type Answers, TestWindow } from '../../testing/window.tsx';
import { RecordingDamage } from './recording-damage.tsx';
import { RecordingOutcome } from './recording-outcome.tsx';
import { Timeline } from './timeline.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const playback: PlaybackState = {
  path: '/home/ada/game.mcap',
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
const recorded = (more: Partial<PlaybackState> = {}) => {
  const state = openState();
  return { ...state, source: state.source && { ...state.source, playback: { ...playback, ...more } } };
};
const read: Answers = {
  'timeline.read': (payload) => {
    const { buckets } = payload as { buckets: number };
    return {
      available: { startNs: 0, endNs: 10e9 },
      frames: new Uint32Array(buckets).fill(1),
      pages: new Float64Array(buckets * 6).fill(2),
      max: new Uint32Array(buckets).fill(12),
    };
  },
};
const slider = (): HTMLElement | null => document.querySelector('[role="slider"]');
const key = (name: string, more: KeyboardEventInit = {}): Promise<void> =>
  test.act(() =>
    slider()?.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, ...more })),
  );

it('waits for samples only while a source is open', async () => {
  test = await new TestWindow({ 'session.state': () => ({ ...openState(), source: null }) }).show(
    <Timeline />,
  );
  expect(test.host.textContent).toContain('No source is open.');
  await test.act(() => test.model.session.setState({ state: openState() }));
  expect(test.host.textContent).toContain('Waiting for the first samples.');
});

describe('the timeline of a recording', () => {
  it('is played, stepped and sought by its buttons and its slider', async () => {
    test = await new TestWindow({
      ...read,
      'session.state': () => recorded(),
      'playback.configure': (change) => recorded(change as Partial<PlaybackState>),
      'playback.seek': (payload) => ({ timeNs: (payload as { timeNs: number }).timeNs, frame: 199 }),
      'playback.step': () => ({ timeNs: 2.05e9, frame: 41 }),
    }).show(<Timeline />);
    expect(slider()?.getAttribute('aria-valuetext')).toBe('0:02.00, frame 41 of 200');
    expect(slider()?.getAttribute('aria-valuemax')).toBe('10000');
    await test.press('Next frame');
    expect(slider()?.getAttribute('aria-valuetext')).toBe('0:02.05, frame 42 of 200');
    await test.press('Play');
    expect(test.button('Pause')).toBeDefined();
    await key('ArrowLeft');
    await key('End');
    expect(slider()?.getAttribute('aria-valuenow')).toBe('10000');
    expect(
      test.calls
        .map(({ name, payload }) => [name, payload])
        .filter(([name]) => `${name}`.startsWith('playback')),
    ).toEqual([
      ['playback.step', { frames: 1 }],
      ['playback.configure', { playing: true }],
      ['playback.step', { frames: -1 }],
      ['playback.seek', { timeNs: 10e9 }],
    ]);
  });

  it('selects an interval with Shift, zooms to it and back', async () => {
    test = await new TestWindow({
      ...read,
      'session.state': () => recorded(),
      'playback.seek': (payload) => ({ timeNs: (payload as { timeNs: number }).timeNs, frame: 1 }),
    }).show(<Timeline />);
    await key('PageUp', { shiftKey: true });
    expect(test.model.time.getState().range).toEqual({ start: 2000, end: 3000 });
    await key('Enter');
    expect(test.model.time.getState().zoom).toEqual({ start: 2000, end: 3000 });
    await test.press('Zoom to fit');
    expect(test.model.time.getState().zoom).toBeNull();
    await key('Escape');
    expect(test.model.time.getState().range).toBeNull();
  });

  it('reports what is wrong with the file, once', async () => {
    const damage = 'It has no end; the last second may be missing.';
    test = await new TestWindow({ 'session.state': () => recorded({ damage }) }).show(<RecordingDamage />);
    expect(document.body.textContent).toContain(damage);
    await test.press('Dismiss');
    expect(document.body.textContent).not.toContain(damage);
  });
});

describe('the timeline of a live session', () => {
  it('records, counts, and reports where the recording is', async () => {
    const result = { path: '/data/game.mcap', seconds: 12.3, bytes: 5 * 2 ** 20, frames: 246 };
    test = await new TestWindow({
      ...read,
      'recording.start': () => ({ path: result.path }),
      'recording.stop': () => result,
    }).show(
      <>
        <Timeline />
        <RecordingOutcome />
      </>,
    );
    await test.press('Record');
    await test.act(() => {
      test.model.sync.adopt(openState({}, { recording: { path: result.path, since: 0 } }));
      test.model.recorder.progressed({ ...result, seconds: 3.21 });
    });
    expect(document.querySelector('[data-testid="recording-count"]')?.textContent).toBe('0:03.2 · 5 MiB');
    await test.press('Stop recording');
    expect(document.body.textContent).toContain('Recorded 0:12.3, 246 frames, 5 MiB.');
    expect(document.body.textContent).toContain('/data/game.mcap');
    expect(test.button('Open it')).toBeDefined();
    await test.press('Dismiss');
    expect(document.body.textContent).not.toContain('246 frames');
  });

  it('adds a mark, and lets its note be written and deleted', async () => {
    const mark = { id: 'm1', timeNs: 3e9, note: '', colour: 'blue' } as const;
    test = await new TestWindow({ ...read, 'mark.add': () => mark, 'mark.remove': () => ({}) }).show(
      <Timeline />,
    );
    await test.press('Add mark');
    await test.act(() => test.model.timeline.marked([mark]));
    const dialog = document.querySelector('[role="dialog"]');
    expect(dialog?.getAttribute('aria-label')).toBe('Mark at 0:03.0');
    await test.press('Delete');
    // The timeline is read in between, whenever its time has come.
    expect(test.calls).toContainEqual({ name: 'mark.remove', payload: { id: 'm1' } });
  });

  it('has the marks in a lane of their own, and a list of them in full', async () => {
    test = await new TestWindow(read).show(<Timeline />);
    const lane = () => document.querySelector('.timeline__chart--marked');
    expect(lane()).toBeNull();
    expect(test.button('List of marks').disabled).toBe(true);
    const note = 'the boss appears behind the second door and calls for help';
    await test.act(() =>
      test.model.timeline.marked([
        { id: 'm1', timeNs: 3e9, note, colour: 'blue' },
        { id: 'm2', timeNs: 7e9, note: '', colour: 'red' },
      ]),
    );
    expect(lane()).not.toBeNull();
    await test.press('List of marks');
    const entries = [...document.querySelectorAll('.marklist__go')].map((entry) => entry.textContent);
    expect(entries).toEqual([`0:03.00${note}`, '0:07.00without a note']);
    await test.press('Edit the mark at 0:07.00');
    expect(test.model.timeline.store.getState().editing).toBe('m2');
  });
});
