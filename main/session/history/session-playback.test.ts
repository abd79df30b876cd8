/** Recordings played in a window: seek, steps, loops, marks, and what cannot be opened; the timeline and the comparison. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { FrameCursor } from '../../recording/frame-cursor.ts';
import { marksPath } from '../../recording/marks-file.ts';
import { RecordingReader } from '../../recording/recording-reader.ts';
import { temporaryFolder } from '../../recording/testing/temporary-folder.ts';
import { game, recordGame } from '../testing/recorded-game.ts';
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

describe('playback', () => {
  it('shows each recorded frame: seek, step, back', async () => {
    const path = await recordGame(folder.path('a.mcap'), 60);
    const reader = await RecordingReader.open(path);
    const cursor = new FrameCursor(reader);
    const window = openWindow();
    const state = await window.call('source.open', { kind: 'recording', path });
    expect(state).toMatchObject({
      mode: 'interval',
      paused: true,
      hz: 20,
      source: { playback: { frames: 60, playing: false, damage: null, position: { frame: 0 } } },
    });
    const shows = async (frame: number) => {
      const sequence = window.served.session.keyFrame()?.sequence;
      await window.until(() => window.state.sequence === sequence);
      await cursor.goTo(frame);
      for (const plane of [Plane.Written, Plane.Present])
        expect(window.state.tiles.runs(plane)).toEqual(cursor.state.tiles.runs(plane));
      expect(window.state.time).toBe(reader.index.times[frame] / 1e6);
    };
    await shows(0);
    const at = reader.index.times[41];
    expect(await window.call('playback.seek', { timeNs: at + 1 })).toEqual({ timeNs: at + 1, frame: 41 });
    await shows(41);
    expect(window.frames.at(-1)?.kind).toBe('key');
    for (const [frames, expected] of [
      [1, 42],
      [-1, 41],
      [-30, 11],
      [1000, 59],
      [-1000, 0],
    ] as const) {
      expect(await window.call('playback.step', { frames })).toMatchObject({ frame: expected });
      await shows(expected);
    }
    await reader.close();
  });

  it('shows a frame alone, however fast it was reached', async () => {
    const path = await recordGame(folder.path('a.mcap'), 60);
    const reader = await RecordingReader.open(path);
    const cursor = new FrameCursor(reader);
    const window = openWindow();
    await window.call('source.open', { kind: 'recording', path });
    for (const [go, frame] of [
      [() => Array.from({ length: 20 }, () => window.call('playback.step', { frames: 1 })), 20],
      [() => Array.from({ length: 5 }, () => window.call('playback.step', { frames: -1 })), 15],
      [() => [40, 3, 50].map((to) => window.call('playback.seek', { timeNs: reader.index.times[to] })), 50],
    ] as const) {
      await Promise.all(go());
      const sequence = window.served.session.keyFrame()?.sequence;
      await window.until(() => window.state.sequence === sequence);
      await cursor.goTo(frame);
      expect(window.state.tiles.runs(Plane.Written)).toEqual(cursor.state.tiles.runs(Plane.Written));
    }
    // A step discards the frames that playing passed.
    await window.call('playback.configure', { playing: true, speed: 100 });
    await window.until(() => window.events('session.state').at(-1)?.source?.playback?.playing === false);
    const { frame } = await window.call('playback.step', { frames: 0 });
    const sequence = window.served.session.keyFrame()?.sequence;
    await window.until(() => window.state.sequence === sequence);
    await cursor.goTo(frame);
    expect(window.state.tiles.runs(Plane.Written)).toEqual(cursor.state.tiles.runs(Plane.Written));
    await reader.close();
  });

  it('plays at its speed, loses no page on the way, and stops at the end', async () => {
    const path = await recordGame(folder.path('a.mcap'), 100);
    const window = openWindow();
    const written = new TileSet();
    const { source } = await window.call('source.open', { kind: 'recording', path });
    await window.call('playback.configure', { playing: true, speed: 20 });
    let last = -1;
    await window.until(() => {
      if (window.state.sequence !== last) {
        last = window.state.sequence;
        for (const [from, to] of window.state.tiles.runs(Plane.Written))
          written.setRun(Plane.Written, from, to);
      }
      return (
        window.events('session.state').at(-1)?.source?.playback?.playing === false &&
        last >= 0 &&
        window.events('playback.position').at(-1)?.frame === 99
      );
    });
    expect((await window.call('session.state', {})).paused).toBe(true);
    const range = source?.playback ?? { startNs: 0, endNs: 0 };
    const compared = { path: null, startNs: range.startNs, endNs: range.endNs };
    const all = await window.call('compare.ranges', { a: compared, b: compared });
    // Frames that the window merged are merged with all that they show.
    await window.until(() => window.state.sequence === window.served.session.keyFrame()?.sequence);
    for (const [from, to] of window.state.tiles.runs(Plane.Written)) written.setRun(Plane.Written, from, to);
    expect(written.count(Plane.Written)).toBe(all.both);
  });

  it('plays a loop over and over', async () => {
    const path = await recordGame(folder.path('a.mcap'), 60);
    const window = openWindow();
    await window.call('source.open', { kind: 'recording', path });
    const loop = { startNs: 500_000_000, endNs: 900_000_000 };
    await window.call('playback.configure', { playing: true, speed: 10, loop });
    await window.until(() => {
      const frames = window.events('playback.position').map(({ frame }) => frame);
      return frames.filter((frame, i) => i > 0 && frame < frames[i - 1]).length >= 2;
    });
    const { source } = await window.call('playback.configure', { playing: false });
    expect(source?.playback).toMatchObject({ loop, playing: false });
    const frames = window.events('playback.position').slice(1);
    expect(frames.every(({ timeNs }) => timeNs >= loop.startNs && timeNs <= loop.endNs)).toBe(true);
    await expect(
      window.call('playback.configure', { loop: { startNs: 9e15, endNs: 9.001e15 } }),
    ).rejects.toMatchObject({ kind: 'bad-request' });
  });

  it('a file that is not a recording does not change the live session', async () => {
    const window = openWindow();
    await window.call('source.open', game);
    const path = folder.path('none.mcap');
    writeFileSync(path, 'no recording');
    await window.until(() => window.frames.length > 2);
    const mark = await window.call('mark.add', { note: 'here', colour: 'green', timeNs: null });
    for (const wrong of [path, folder.path('missing.mcap')]) {
      await expect(window.call('source.open', { kind: 'recording', path: wrong })).rejects.toThrow();
      expect(await window.call('session.state', {})).toMatchObject({
        source: { description: { kind: 'simulated' } },
        ended: null,
      });
    }
    expect((await window.call('marks.list', {})).marks).toEqual([mark]);
    const { length } = window.frames;
    await window.until(() => window.frames.length > length);
  });

  it('opening is cancelled on request, or by opening something else', async () => {
    const path = await recordGame(folder.path('a.mcap'), 10, 'hold');
    const window = openWindow();
    await window.call('source.open', game);
    const cancelled = window.call('source.open', { kind: 'recording', path });
    const [outcome] = await Promise.allSettled([cancelled, window.call('source.cancelOpening', {})]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { kind: 'busy' } });
    expect(await window.call('session.state', {})).toMatchObject({
      source: { description: { kind: 'simulated' } },
    });
    const overtaken = window.call('source.open', { kind: 'recording', path });
    const [first, second] = await Promise.allSettled([overtaken, window.call('source.open', game)]);
    expect(first).toMatchObject({ status: 'rejected', reason: { kind: 'busy' } });
    expect(second).toMatchObject({ value: { source: { description: { kind: 'simulated' } } } });
    // It can be opened afterwards.
    const again = await window.call('source.open', { kind: 'recording', path });
    expect(again.source?.playback).toMatchObject({ frames: 10 });
  });

  it('explains what a recording cannot do, and live settings come back after it', async () => {
    const path = await recordGame(folder.path('a.mcap'), 10, 'hold');
    const window = openWindow();
    await window.call('source.open', game);
    await window.call('session.configure', { mode: 'interval', hz: 30 });
    await window.call('source.open', { kind: 'recording', path });
    for (const [name, payload] of [
      ['operation.run', { op: 'GET', start: 0n, len: 4096n, vecLen: 1, flags: 0 }],
      ['operation.clearRefs', {}],
      ['session.dumpAndReset', { note: '' }],
      ['recording.start', { path: null }],
      ['session.configure', { mode: 'interval' }],
      ['page.bytes', { page: 1, pages: 1 }],
    ] as const) {
      await expect(window.call(name, payload), name).rejects.toMatchObject({ kind: 'unsupported' });
    }
    expect(await window.call('source.open', game)).toMatchObject({ mode: 'interval', hz: 30, paused: false });
    await expect(window.call('playback.seek', { timeNs: 0 })).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('keeps marks beside the file, and reads them again', async () => {
    const path = await recordGame(folder.path('a.mcap'), 30);
    const window = openWindow();
    await window.call('source.open', { kind: 'recording', path });
    await window.call('playback.step', { frames: 7 });
    const mark = await window.call('mark.add', { note: 'seven', colour: 'blue', timeNs: null });
    expect(mark.timeNs).toBe(7 * 50_000_000);
    const other = await window.call('mark.add', { note: 'start', colour: 'red', timeNs: 0 });
    await window.call('mark.change', { id: mark.id, note: 'lucky' });
    await window.call('mark.remove', { id: other.id });
    await expect(window.call('mark.remove', { id: other.id })).rejects.toMatchObject({ kind: 'bad-request' });
    await window.call('source.close', {});
    expect(JSON.parse(readFileSync(marksPath(path), 'utf8'))).toMatchObject({ version: 1 });
    await window.call('source.open', { kind: 'recording', path });
    expect(await window.call('marks.list', {})).toEqual({ marks: [{ ...mark, note: 'lucky' }] });
    // Unreadable marks are reported, and not changed.
    await window.call('source.close', {});
    writeFileSync(marksPath(path), 'broken');
    await window.call('source.open', { kind: 'recording', path });
    expect(window.events('session.problem')).toMatchObject([{ kind: 'damaged-file' }]);
    expect(await window.call('marks.list', {})).toEqual({ marks: [] });
    expect(readFileSync(marksPath(path), 'utf8')).toBe('broken');
  });

  it('reports why a file cannot be opened', async () => {
    const window = openWindow();
    const missing = folder.path('missing.mcap');
    await expect(window.call('source.open', { kind: 'recording', path: missing })).rejects.toMatchObject({
      kind: 'io',
    });
    writeFileSync(missing, 'text');
    await expect(window.call('source.open', { kind: 'recording', path: missing })).rejects.toMatchObject({
      kind: 'damaged-file',
    });
    expect(existsSync(marksPath(missing))).toBe(false);
  });
});

describe('the timeline and the comparison', () => {
  it('are the same for a live session and for its recording', async () => {
    const window = openWindow();
    const path = folder.path('a.mcap');
    await window.call('source.open', game);
    await window.call('session.configure', { mode: 'interval', hz: 60 });
    await window.call('recording.start', { path });
    await window.until(() => window.frames.length > 30);
    await window.call('session.configure', { paused: true });
    const { frames } = await window.call('recording.stop', {});
    const everything = { startNs: 0, endNs: 2 ** 50 };
    const live = await window.call('timeline.read', { ...everything, buckets: 1 });
    const { available } = live;
    const { timeNs: now } = await window.call('mark.add', { note: '', colour: 'grey', timeNs: null });
    expect(available.endNs).toBeLessThanOrEqual(now);
    await window.call('source.open', { kind: 'recording', path });
    const played = await window.call('timeline.read', { ...everything, buckets: 1 });
    expect(played.frames[0]).toBe(frames);
    expect(live.frames[0]).toBeGreaterThanOrEqual(frames);
    expect(live.max[0]).toBeGreaterThanOrEqual(played.max[0]);
    expect(played.pages.length).toBe(6);
  });

  it('compares two times of two recordings', async () => {
    const path = await recordGame(folder.path('a.mcap'), 60);
    const other = await recordGame(folder.path('b.mcap'), 60);
    const reader = await RecordingReader.open(path);
    const union = async (from: number, to: number) => {
      const cursor = new FrameCursor(reader);
      const tiles = new TileSet();
      await cursor.goTo(from);
      for (const [start, end] of cursor.state.tiles.runs(Plane.Written)) tiles.setRun(0, start, end);
      await cursor.advanceTo(to, tiles);
      return new Set(
        tiles.runs(Plane.Written).flatMap(([a, b]) => Array.from({ length: b - a }, (_, i) => a + i)),
      );
    };
    const [a, b] = [await union(3, 20), await union(30, 31)];
    const times = reader.index.times;
    const window = openWindow();
    await window.call('source.open', { kind: 'recording', path });
    const result = await window.call('compare.ranges', {
      a: { path: null, startNs: times[3], endNs: times[20] },
      b: { path: other, startNs: times[30], endNs: times[31] },
    });
    const both = [...a].filter((page) => b.has(page)).length;
    expect(result).toMatchObject({
      both,
      onlyA: a.size - both,
      onlyB: b.size - both,
      frames: { a: 18, b: 2 },
    });
    expect(both).toBeGreaterThan(0);
    expect(result.vmas.reduce((sum, vma) => sum + vma.both, 0)).toBe(both);
    expect(result.vmas.reduce((sum, vma) => sum + vma.onlyA, 0)).toBe(a.size - both);
    const { indexes, a: words } = result.tiles;
    const pages = [...indexes].flatMap((tile, i) =>
      Array.from({ length: 512 }, (_, page) => page)
        .filter((page) => ((words[i * 16 + (page >>> 5)] >>> (page & 31)) & 1) === 1)
        .map((page) => tile * 512 + page),
    );
    expect(new Set(pages)).toEqual(a);
    await reader.close();
  });
});
