/** Playback, recorder and timeline against an engine that answers as the test defines. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { PlaybackState } from '#shared/contract/recording.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { EngineLink } from '../engine/engine-link.ts';
import { errorData } from '../engine/engine-link.ts';
import { PlaybackController } from './playback-controller.ts';
import { Recorder } from './recorder.ts';
import { createSessionStore } from '../stores/session-store.ts';
import { createTimeStore } from '../stores/time-store.ts';
import { Timeline } from './timeline.ts';

const recording: PlaybackState = {
  path: '/r.mcap',
  startNs: 0,
  endNs: 10e9,
  frames: 200,
  playing: false,
  speed: 1,
  loop: null,
  position: { timeNs: 0, frame: 0 },
  recordedAt: null,
  growing: false,
  damage: null,
};
const stateOf = (playback: PlaybackState | null, more: Partial<SessionState> = {}): SessionState => ({
  source: {
    description: { kind: 'simulated', title: '', detail: '', pid: null, backend: '', launched: false },
    capabilities: {
      get: true,
      clear: true,
      getAndClear: 'atomic',
      noReusedRegions: true,
      clearRefs: true,
      walk: 'none',
      bytes: false,
      snapshot: false,
      control: [],
      seek: playback !== null,
    },
    running: true,
    step: null,
    settings: [],
    values: {},
    playback,
  },
  ended: null,
  mode: 'hold',
  hz: 20,
  paused: false,
  recording: null,
  ...more,
});

const calls: { name: string; payload: unknown }[] = [];
const held: (() => void)[] = [];
let answers: Record<string, (payload: never) => unknown> = {};
let holding = false;
const session = createSessionStore();
const time = createTimeStore();
const host = {
  session,
  time,
  shell: undefined,
  link: {
    call: async (name: string, payload: never) => {
      calls.push({ name, payload });
      if (holding) await new Promise<void>((resolve) => held.push(resolve));
      const answer = answers[name];
      if (!answer) throw new Error(name);
      return answer(payload);
    },
  } as unknown as EngineLink,
  attempt: (run: () => Promise<void>) =>
    run().catch((cause: unknown) => session.setState({ problem: errorData(cause) })),
  adopt: (state: SessionState) => session.setState({ state }),
};
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const sent = (name: string): unknown[] =>
  calls.filter((call) => call.name === name).map((call) => call.payload);

beforeEach(() => {
  calls.length = 0;
  held.length = 0;
  holding = false;
  answers = {};
  session.setState({ state: stateOf(recording), problem: null });
  time.setState({ cursor: null, frame: null, zoom: null });
});

describe('playback', () => {
  it('seeks at once, and meanwhile keeps only the last of many requests', async () => {
    answers = { 'playback.seek': ({ timeNs }: { timeNs: number }) => ({ timeNs, frame: 7 }) };
    const playback = new PlaybackController(host);
    holding = true;
    for (const timeMs of [1000, 2000, 3000, 99_000]) playback.goTo(timeMs);
    expect(time.getState().cursor).toBe(10_000);
    await turn();
    holding = false;
    held.shift()?.();
    await turn();
    expect(sent('playback.seek')).toEqual([{ timeNs: 1e9 }, { timeNs: 10e9 }]);
    expect(time.getState()).toMatchObject({ cursor: 10_000, frame: 7 });
  });

  it('keeps the cursor at the last position requested while earlier ones are answered', async () => {
    answers = { 'playback.seek': ({ timeNs }: { timeNs: number }) => ({ timeNs, frame: timeNs / 1e9 }) };
    const playback = new PlaybackController(host);
    const cursors: (number | null)[] = [];
    const unsubscribe = time.subscribe(({ cursor }) => cursors.push(cursor));
    holding = true;
    playback.goTo(1000);
    playback.goTo(5000);
    // The event of the previous frame.
    playback.positionChanged({ timeNs: 0, frame: 0 });
    for (let i = 0; i < 2; i++) {
      await turn();
      held.shift()?.();
      await turn();
    }
    unsubscribe();
    expect(cursors).toEqual([1000, 5000, 5000]);
    expect(time.getState().frame).toBe(5);
    playback.positionChanged({ timeNs: 6e9, frame: 6 });
    expect(time.getState()).toMatchObject({ cursor: 6000, frame: 6 });
  });

  it('adds up the steps requested meanwhile, and loses none', async () => {
    answers = { 'playback.step': () => ({ timeNs: 5, frame: 1 }) };
    const playback = new PlaybackController(host);
    holding = true;
    for (const frames of [1, 1, 1, -1, 1]) playback.step(frames);
    await turn();
    holding = false;
    held.shift()?.();
    await turn();
    expect(sent('playback.step')).toEqual([{ frames: 1 }, { frames: 2 }]);
  });

  it('goes through the speeds and stays within their limits', async () => {
    answers = { 'playback.configure': (change: object) => stateOf({ ...recording, ...change }) };
    const playback = new PlaybackController(host);
    for (const direction of [1, 1, -1, -1, -1, -1, -1, -1] as const) {
      playback.changeSpeed(direction);
      await turn();
    }
    const speeds = sent('playback.configure').map((change) => (change as { speed: number }).speed);
    expect(speeds).toEqual([2, 5, 2, 1, 0.5, 0.25, 0.1]);
  });

  it('keys that are faster than the engine all count', async () => {
    let engine = recording;
    answers = {
      'playback.configure': (change: object) => stateOf((engine = { ...engine, ...change })),
    };
    const playback = new PlaybackController(host);
    playback.changeSpeed(1);
    playback.changeSpeed(1);
    playback.changeSpeed(-1);
    playback.toggle();
    playback.toggle();
    playback.toggle();
    await turn();
    const changes = sent('playback.configure');
    const [on, off] = [{ playing: true }, { playing: false }];
    expect(changes).toEqual([{ speed: 2 }, { speed: 5 }, { speed: 2 }, on, off, on]);
    playback.changeSpeed(-1);
    await turn();
    expect(sent('playback.configure').at(-1)).toEqual({ speed: 1 });
  });

  it('in a live session goes where the engine has the picture, and back to the present', async () => {
    session.setState({ state: stateOf(null) });
    answers = {
      'playback.seek': ({ timeNs }: { timeNs: number | null }) =>
        timeNs === null
          ? { timeNs: 9e9, frame: 0, live: true }
          : { timeNs: timeNs - 5e6, frame: 3, live: false },
      'playback.step': () => ({ timeNs: 1.3e9, frame: 4, live: false }),
    };
    const playback = new PlaybackController(host);
    playback.goTo(1234);
    // Nothing moves before the picture is there.
    expect(time.getState().cursor).toBeNull();
    await turn();
    expect(time.getState()).toMatchObject({ cursor: 1229, frame: null });
    expect(playback.isPast).toBe(true);
    playback.step(1);
    playback.toggle();
    await turn();
    expect(time.getState().cursor).toBe(1300);
    playback.goTo(null);
    await turn();
    expect(time.getState().cursor).toBeNull();
    expect(playback.isPast).toBe(false);
    expect(calls.map(({ name }) => name)).toEqual(['playback.seek', 'playback.step', 'playback.seek']);
  });

  it('in a live session stays where it is when a time is no longer kept, with the reason', async () => {
    session.setState({ state: stateOf(null) });
    answers = {
      'playback.seek': () => {
        throw Object.assign(new Error('frames are kept from 60.0 s on'), { kind: 'unsupported', remedy: '' });
      },
    };
    const playback = new PlaybackController(host);
    time.setState({ cursor: 70_000 });
    playback.goTo(1234);
    await turn();
    expect(time.getState().cursor).toBe(70_000);
    expect(session.getState().problem?.message).toContain('kept from 60.0 s on');
  });
});

describe('the recorder', () => {
  const progress = { path: '/data/a.mcap', seconds: 3, bytes: 4096, frames: 60 };
  const recordingNow = { recording: { path: progress.path, since: 0 } };

  it('starts and stops with one press each, and reports the file', async () => {
    answers = { 'recording.start': () => ({ path: progress.path }), 'recording.stop': () => progress };
    session.setState({ state: stateOf(null) });
    const recorder = new Recorder(host);
    void recorder.toggle();
    await recorder.toggle();
    await turn();
    session.setState({ state: stateOf(null, recordingNow) });
    await recorder.toggle();
    expect(calls).toEqual([
      { name: 'recording.start', payload: { path: null } },
      { name: 'recording.stop', payload: {} },
    ]);
    expect(recorder.store.getState().finished).toEqual({ ...progress, where: null });
  });

  it('of an engine elsewhere records here, or there and fetches it', async () => {
    const fetched = { path: '/here/a.mcap', bytes: 4096 };
    answers = {
      'recording.start': () => ({ path: progress.path }),
      'recording.stop': () => progress,
      'recording.fetch': () => fetched,
    };
    session.setState({ state: stateOf(null), host: { status: 'running', where: 'ssh://console' } });
    const recorder = new Recorder(host);
    await recorder.toggle();
    recorder.record('there');
    await recorder.toggle();
    expect(sent('recording.start')).toEqual([{ path: null, here: true }, { path: null }]);
    await recorder.stop();
    const { finished } = recorder.store.getState();
    expect(finished).toEqual({ ...progress, where: 'ssh://console' });
    if (finished) await recorder.fetch(finished);
    expect(recorder.store.getState()).toMatchObject({
      finished: { ...progress, ...fetched, where: null },
      fetching: null,
    });
    session.setState({ host: { status: 'running' } });
  });

  it('reports what was recorded when it ended by itself', () => {
    const recorder = new Recorder(host);
    const before = stateOf(null, recordingNow);
    recorder.progressed(progress);
    recorder.adopt(stateOf(null), before);
    expect(recorder.store.getState()).toMatchObject({ finished: progress, progress: null });
  });

  it('reports it too if the engine has ended, once; another source waits for the engine’s last report', () => {
    const recorder = new Recorder(host);
    recorder.progressed(progress);
    recorder.forget();
    expect(recorder.store.getState()).toMatchObject({ finished: null, progress, dumps: 0 });
    recorder.abandon();
    expect(recorder.store.getState()).toMatchObject({ finished: progress, progress: null, dumps: 0 });
    recorder.dismiss();
    recorder.abandon();
    expect(recorder.store.getState().finished).toBeNull();
  });

  it('shows a failure in the window, and can be started again', async () => {
    session.setState({ state: stateOf(null) });
    const recorder = new Recorder(host);
    await recorder.toggle();
    expect(session.getState().problem?.message).toBe('recording.start');
    answers = { 'recording.start': () => ({ path: '/x' }) };
    await recorder.toggle();
    expect(sent('recording.start')).toHaveLength(2);
  });

  it('numbers the phases', async () => {
    answers = { 'session.dumpAndReset': () => ({ writtenPages: 5 }) };
    const recorder = new Recorder(host);
    await recorder.dumpAndReset();
    await recorder.dumpAndReset();
    expect(sent('session.dumpAndReset')).toEqual([{ note: 'Phase 1' }, { note: 'Phase 2' }]);
    expect(recorder.store.getState()).toMatchObject({ dumps: 2, dump: { writtenPages: 5 } });
  });
});

describe('the timeline', () => {
  const reply = { available: { startNs: 0, endNs: 10e9 }, frames: [], pages: [], max: [] };

  it('reads what is shown: all of a recording, or the part that is zoomed to', async () => {
    answers = { 'timeline.read': () => reply };
    const timeline = new Timeline(host);
    timeline.show(null, 100)();
    await turn();
    const stop = timeline.show({ start: 2000, end: 3000 }, 50);
    await turn();
    stop();
    expect(sent('timeline.read')).toEqual([
      { startNs: 0, endNs: 10e9, buckets: 100 },
      { startNs: 2e9, endNs: 3e9, buckets: 50 },
    ]);
    expect(timeline.store.getState().available).toEqual({ start: 0, end: 10_000 });
  });

  it('reaches to a mark that is later than the last frame: sampling was paused', async () => {
    session.setState({ state: stateOf(null) });
    answers = { 'timeline.read': () => reply };
    const timeline = new Timeline(host);
    const stop = timeline.show(null, 100);
    await turn();
    const read = () => timeline.store.getState().read?.end;
    expect(read()).toBe(10_000);
    timeline.marked([{ id: 'a', timeNs: 12e9, note: '', colour: 'blue' }]);
    await turn();
    expect(read()).toBe(12_000);
    stop();
  });

  it('keeps marks and operations of the open source, and none of the last one', async () => {
    const mark = { id: 'a', timeNs: 1, note: '', colour: 'blue' } as const;
    answers = {
      'marks.list': () => ({ marks: [mark] }),
      'timeline.operations': () => ({ operations: [], total: 0 }),
      'timeline.processEvents': () => ({ events: [] }),
    };
    const timeline = new Timeline(host);
    holding = true;
    const old = timeline.reload();
    await turn();
    timeline.forget();
    holding = false;
    held.forEach((go) => go());
    await old;
    expect(timeline.store.getState().marks).toEqual([]);
    await timeline.reload();
    expect(timeline.store.getState().marks).toEqual([mark]);
    timeline.marked([]);
    expect(timeline.store.getState().marks).toEqual([]);
  });

  it('keeps what is reported while the lists are read, once', async () => {
    const mark = { id: 'a', timeNs: 1, note: '', colour: 'blue' } as const;
    const result = { ok: true, ret: 0, next: null } as const;
    const operation = (timeNs: number) =>
      ({ timeNs, durationNs: 1, action: 'pause', request: null, detail: '', result }) as const;
    const event = (timeNs: number) => ({ timeNs, kind: 'exec', pid: 1, message: 'exec' }) as const;
    answers = {
      'marks.list': () => ({ marks: [] }),
      'timeline.operations': () => ({ operations: [operation(1), operation(2)], total: 2 }),
      'timeline.processEvents': () => ({ events: [event(1)] }),
    };
    const timeline = new Timeline(host);
    const reloaded = timeline.reload();
    timeline.marked([mark]);
    for (const timeNs of [2, 3]) timeline.operated(operation(timeNs));
    for (const timeNs of [1, 4]) timeline.happened(event(timeNs));
    await reloaded;
    const { marks, operations, processEvents } = timeline.store.getState();
    expect(marks).toEqual([mark]);
    expect(operations).toEqual([operation(1), operation(2), operation(3)]);
    expect(processEvents).toEqual([event(1), event(4)]);
  });

  it('reports why nothing could be read', async () => {
    const timeline = new Timeline(host);
    timeline.show({ start: 0, end: 1 }, 5)();
    const stop = timeline.show({ start: 0, end: 1 }, 5);
    await turn();
    expect(timeline.store.getState().failure?.message).toBe('timeline.read');
    stop();
  });
});
