/** Recording, marks, phases and what happens to the program, as seen by a window. */
import { statSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { FrameCursor } from '../../recording/frame-cursor.ts';
import { RecordingReader } from '../../recording/recording-reader.ts';
import { temporaryFolder } from '../../recording/testing/temporary-folder.ts';
import type { SourceEvent } from '#shared/source/source.ts';
import { openSimulated } from '../../simulated/source/open.ts';
import { game } from '../testing/recorded-game.ts';
import { ServedWindow } from '../testing/test-window.ts';

const folder = temporaryFolder();
const windows: ServedWindow[] = [];
afterEach(async () => {
  for (const window of windows.splice(0)) await window.close();
});

function openWindow(): ServedWindow {
  const window = new ServedWindow();
  windows.push(window);
  return window;
}

describe('recording', () => {
  it('takes every frame, operation and mark of the session, and reports progress', async () => {
    const window = openWindow();
    const path = folder.path('a.mcap');
    await window.call('source.open', game);
    await window.call('session.configure', { mode: 'interval', hz: 60 });
    expect(await window.call('recording.start', { path })).toEqual({ path });
    expect(await window.call('session.state', {})).toMatchObject({ recording: { path } });
    await expect(window.call('recording.start', { path: null })).rejects.toMatchObject({ kind: 'busy' });
    const seen: number[] = [];
    const stop = window.served.session.listen({ frame: ({ sequence }) => seen.push(sequence) });
    await window.until(() => window.events('recording.progress').length >= 2);
    const mark = await window.call('mark.add', { note: 'here', colour: 'green', timeNs: null });
    await window.call('operation.run', { op: 'GET', start: 0n, len: 4096n, vecLen: 1, flags: 0 });
    await window.call('session.configure', { paused: true });
    stop();
    const result = await window.call('recording.stop', {});
    expect(await window.call('session.state', {})).toMatchObject({ recording: null });
    expect(result).toMatchObject({ path });
    expect(result.frames).toBeGreaterThanOrEqual(seen.length);
    // The last report is the file's.
    expect(window.events('recording.progress').at(-1)).toEqual(result);
    expect(result.bytes).toBe(statSync(path).size);
    expect(window.events('session.operation')).toMatchObject([
      { action: 'GET', request: { len: 4096n }, result: { ok: true } },
    ]);

    const reader = await RecordingReader.open(path);
    const cursor = new FrameCursor(reader);
    expect(reader.damage).toBeNull();
    expect(reader.index.frames).toBe(result.frames);
    expect(reader.operations).toMatchObject([{ action: 'GET', request: { len: 4096n } }]);
    expect(reader.marks).toMatchObject([{ id: mark.id, note: 'here' }]);
    await cursor.goTo(result.frames - 1);
    const last = window.served.session.keyFrame();
    expect(cursor.state.tiles.count(Plane.Present)).toBeGreaterThan(0);
    expect(cursor.state.tiles.count(Plane.Written)).toBe(last?.writtenPages);
    await reader.close();
  });

  it('goes to the user’s data folder if no path is given, and ends with its source', async () => {
    const before = process.env['XDG_DATA_HOME'];
    process.env['XDG_DATA_HOME'] = folder.path('data');
    try {
      const window = openWindow();
      await window.call('source.open', game);
      const { path } = await window.call('recording.start', { path: null });
      expect(path.startsWith(folder.path('data/soft-dirty-inspector/recordings'))).toBe(true);
      await window.until(() => window.frames.length > 3);
      await window.call('source.close', {});
      const reader = await RecordingReader.open(path);
      expect(reader.damage).toBeNull();
      expect(window.events('recording.progress').at(-1)).toMatchObject({
        frames: reader.index.frames,
        bytes: statSync(path).size,
      });
      await reader.close();
    } finally {
      if (before === undefined) delete process.env['XDG_DATA_HOME'];
      else process.env['XDG_DATA_HOME'] = before;
    }
  });

  it('has a frame even if it is begun and ended while paused', async () => {
    const window = openWindow();
    await window.call('source.open', game);
    await window.call('session.configure', { paused: true });
    await window.call('recording.start', { path: folder.path('a.mcap') });
    expect(await window.call('recording.stop', {})).toMatchObject({ frames: 1 });
    await window.call('source.open', { kind: 'recording', path: folder.path('a.mcap') });
    expect(window.state.tiles.count(Plane.Present)).toBeGreaterThan(0);
  });

  it('reports why it cannot begin, and the session continues', async () => {
    const window = openWindow();
    await expect(window.call('recording.start', { path: null })).rejects.toMatchObject({ kind: 'no-source' });
    await window.call('source.open', game);
    await expect(
      window.call('recording.start', { path: folder.path('no/such/folder/a.mcap') }),
    ).rejects.toMatchObject({ kind: 'io' });
    expect(await window.call('session.state', {})).toMatchObject({ recording: null });
    const { length } = window.frames;
    await window.until(() => window.frames.length > length);
  });

  it.each(['hold', 'interval'] as const)(
    'dump and reset ends a phase, in mode %s: all that was written in it, and nothing twice',
    async (mode) => {
      const window = openWindow();
      const path = folder.path('a.mcap');
      await window.call('source.open', game);
      await window.call('session.configure', { mode, hz: 60 });
      await window.call('recording.start', { path });
      await window.until(() => window.frames.length > 5);
      const first = await window.call('session.dumpAndReset', { note: 'level 1' });
      await window.call('session.configure', { paused: true });
      const before = await window.call('session.dumpAndReset', { note: 'level 2' });
      // Nothing runs while it is paused.
      const still = await window.call('session.dumpAndReset', { note: 'level 3' });
      expect(first.writtenPages).toBeGreaterThan(0);
      expect(first.byKind.reduce((sum, pages) => sum + pages, 0)).toBe(first.writtenPages);
      expect(before.phaseNs).toBeLessThan(still.mark.timeNs);
      expect(still.writtenPages).toBe(0);
      expect(window.state.tiles.count(Plane.Written)).toBe(0);
      await window.call('recording.stop', {});
      const reader = await RecordingReader.open(path);
      expect(reader.marks.map(({ note }) => note)).toEqual(['level 1', 'level 2', 'level 3']);
      expect(reader.operations.map(({ action }) => action)).toEqual(Array(3).fill('dump_and_reset'));
      if (mode === 'hold') {
        // The frame of the dump shows the whole phase.
        const { index } = reader;
        const [{ timeNs }] = reader.marks;
        const frame = index.at(timeNs);
        expect(index.times[frame]).toBe(timeNs);
        expect(index.countsOf(frame)).toEqual(first.byKind);
      }
      await reader.close();
    },
  );

  it('what happens to the program is reported, listed, and in the recording', async () => {
    let emit: (event: SourceEvent) => void = () => undefined;
    const window = new ServedWindow(async () => {
      const source = await openSimulated(game);
      const listen = source.onEvent.bind(source);
      return Object.assign(source, {
        onEvent: (listener: (event: SourceEvent) => void) => {
          emit = listener;
          return listen(listener);
        },
      });
    });
    windows.push(window);
    const path = folder.path('events.mcap');
    await window.call('source.open', game);
    await window.call('recording.start', { path });
    const { length } = window.frames;
    await window.until(() => window.frames.length > length + 1);
    emit({ type: 'notice', message: 'Process 42 was forked.', process: { kind: 'child', pid: 42 } });
    emit({ type: 'ended', reason: 'exit', message: 'It ended.' });
    await window.until(() => window.events('session.processEvent').length === 2);
    const { events } = await window.call('timeline.processEvents', {});
    expect(events).toMatchObject([
      { kind: 'child', pid: 42, message: 'Process 42 was forked.' },
      { kind: 'exit', message: 'It ended.' },
    ]);
    expect(window.events('session.processEvent')).toEqual(events);
    expect(await window.call('session.state', {})).toMatchObject({ ended: 'It ended.', endReason: 'exit' });
    // The recording ends with its program.
    await window.until(() => window.events('session.state').at(-1)?.recording === null);
    expect(window.events('recording.progress').at(-1)?.bytes).toBe(statSync(path).size);
    await window.call('source.open', { kind: 'recording', path });
    // A recording's time begins with its first frame.
    const untimed = events.map(({ kind, pid, message }) => ({ kind, pid, message }));
    expect((await window.call('timeline.processEvents', {})).events).toMatchObject(untimed);
  });
});
