/** How often pages were written: as a window asks for it, live, in the past and of a recording. */
import { afterEach, describe, expect, it } from 'vitest';
import { forEachCountedTile, type WriteCountsReply } from '#shared/contract/write-counts.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { countOf, unpackCount, WRITTEN_BEFORE } from '#shared/memory/write-counts.ts';
import { decodeRecordedFrame, RecordedState } from '../../recording/frame-codec.ts';
import { ReaderStore } from '../../recording/reader-store.ts';
import { RecordingReader } from '../../recording/recording-reader.ts';
import { temporaryFolder } from '../../recording/testing/temporary-folder.ts';
import { ServedWindow } from '../testing/test-window.ts';

const folder = temporaryFolder();
let window: ServedWindow;
afterEach(() => window.close());

const game = { kind: 'simulated', workload: 'game-loop', parameters: { textures: 8 }, seed: 1 } as const;
const whole = { start: 0, end: 2 ** 40 } as const;

/** Every page's packed count, asked for until nothing is left. */
async function counts(unit: 'sample' | 'phase', intervals: number) {
  const values = new Map<number, number>();
  let reply: WriteCountsReply | null = null;
  for (let start: number | null = whole.start; start !== null; start = reply.next) {
    reply = await window.call('history.counts', { unit, intervals, start, end: whole.end });
    forEachCountedTile(reply, (tile, own) => {
      for (let page = 0; page < PAGES_PER_TILE; page++) {
        const value = own[own.length === 1 ? 0 : page];
        if (value !== 0) values.set(tile * PAGES_PER_TILE + page, value);
      }
    });
  }
  const counted = new Map(
    [...values].flatMap(([page, value]) => (countOf(value) > 0 ? [[page, value]] : [])),
  );
  return { intervals: reply?.intervals ?? 0, values, counted };
}

/** Plane Written without Fresh of every frame of a recording. */
async function framesOf(path: string) {
  const reader = await RecordingReader.open(path);
  const store = new ReaderStore(reader);
  const state = new RecordedState();
  const frames: { readonly timeNs: number; readonly pages: Set<number> }[] = [];
  for (let chunk = 0; frames.length < reader.index.frames; chunk++) {
    for (const data of await store.frames(chunk)) {
      state.apply(decodeRecordedFrame(data));
      const pages = new Set<number>();
      for (const [start, end] of state.tiles.runs(Plane.Written))
        for (let page = start; page < end; page++) if (!state.tiles.test(Plane.Fresh, page)) pages.add(page);
      frames.push({ timeNs: reader.index.times[frames.length], pages });
    }
  }
  await reader.close();
  return frames;
}

/** In how many of the frames each page is. */
function tally(frames: readonly { readonly pages: ReadonlySet<number> }[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const { pages } of frames) for (const page of pages) sums.set(page, (sums.get(page) ?? 0) + 1);
  return sums;
}

/** When the recording began, in nanoseconds of the session; the last frame of both is the same. */
const begin = (frames: readonly { readonly timeNs: number }[]): number =>
  Math.round((window.frames.at(-1)?.time ?? NaN) * 1e6) - (frames.at(-1)?.timeNs ?? NaN);

const plain = (values: ReadonlyMap<number, number>) =>
  new Map([...values].map(([page, value]) => [page, countOf(value)]));

async function record(name: string, frames: number): Promise<string> {
  const path = folder.path(name);
  window = new ServedWindow();
  await window.call('source.open', game);
  await window.call('session.configure', { mode: 'interval', hz: 60 });
  await window.call('recording.start', { path });
  const first = window.frames.length;
  await window.until(() => window.frames.length > first + frames);
  return path;
}

describe('history.counts', () => {
  it('is the same live, in the past and of the recording: the sum of its last frames', async () => {
    const path = await record('counts.mcap', 60);
    await window.call('session.configure', { paused: true });
    const live = [await counts('sample', 8), await counts('sample', 32)];
    await window.call('recording.stop', {});
    const frames = await framesOf(path);
    expect(live.map(({ intervals }) => intervals)).toEqual([8, 32]);
    expect(plain(live[0].counted)).toEqual(tally(frames.slice(-8)));
    expect(plain(live[1].counted)).toEqual(tally(frames.slice(-32)));
    expect(
      new Set([...live[1].counted.values()].map((value) => unpackCount(value)?.class)).size,
    ).toBeGreaterThan(1);
    for (const [page, value] of live[0].values)
      if (value === WRITTEN_BEFORE) expect(live[0].counted.has(page)).toBe(false);
    // Everything that was written in the 32 and not in the last 8 is known to have been written before.
    for (const page of live[1].counted.keys()) expect(live[0].values.has(page)).toBe(true);

    const middle = frames.length - 10;
    await window.call('playback.seek', { timeNs: frames[middle].timeNs + begin(frames) });
    const past = await counts('sample', 16);
    expect(past.intervals).toBe(16);
    expect(plain(past.counted)).toEqual(tally(frames.slice(middle - 15, middle + 1)));

    await window.call('source.open', { kind: 'recording', path });
    await window.call('playback.seek', { timeNs: frames[frames.length - 1].timeNs });
    expect((await counts('sample', 32)).counted).toEqual(live[1].counted);
    // Back, and forth by single frames.
    for (const at of [middle, middle + 1, middle + 2, 20, middle]) {
      await window.call('playback.seek', { timeNs: frames[at].timeNs });
      const there = await counts('sample', 16);
      expect(there.intervals).toBe(16);
      expect(plain(there.counted)).toEqual(tally(frames.slice(at - 15, at + 1)));
      if (at === middle) expect(there.counted).toEqual(past.counted);
    }
  });

  it('starts over after a dump and reset, with what was before; phases are counted by themselves', async () => {
    const path = await record('phases.mcap', 10);
    const ends: number[] = [];
    for (let phase = 0; phase < 3; phase++) {
      const first = window.frames.length;
      await window.until(() => window.frames.length > first + 5);
      ends.push((await window.call('session.dumpAndReset', { note: '' })).mark.timeNs);
    }
    const before = window.frames.length;
    await window.until(() => window.frames.length > before + 12);
    await window.call('session.configure', { paused: true });
    const live = { sample: await counts('sample', 64), phase: await counts('phase', 8) };
    await window.call('recording.stop', {});
    const frames = await framesOf(path);
    const began = begin(frames);
    ends.forEach((timeNs, i) => (ends[i] = timeNs - began));
    const since = frames.filter(({ timeNs }) => timeNs > ends[2]);
    expect(live.sample.intervals).toBe(since.length);
    expect(plain(live.sample.counted)).toEqual(tally(since));
    const earlier = [...tally(frames).keys()].filter((page) => !live.sample.counted.has(page));
    expect(earlier.length).toBeGreaterThan(0);
    for (const page of earlier) expect(live.sample.values.get(page)).toBe(WRITTEN_BEFORE);

    const phases = [1, 2].map((i) => ({
      pages: new Set(
        frames
          .filter(({ timeNs }) => timeNs > ends[i - 1] && timeNs <= ends[i])
          .flatMap(({ pages }) => [...pages]),
      ),
    }));
    expect(live.phase.intervals).toBe(3);
    // The first began before the recording.
    const ofLast = tally(phases);
    for (const [page, count] of ofLast)
      expect(countOf(live.phase.counted.get(page) ?? 0)).toBeGreaterThanOrEqual(count);

    await window.call('source.open', { kind: 'recording', path });
    await window.call('playback.seek', { timeNs: frames[frames.length - 1].timeNs });
    const recorded = { sample: await counts('sample', 64), phase: await counts('phase', 8) };
    expect(recorded.sample.counted).toEqual(live.sample.counted);
    expect(recorded.phase.intervals).toBe(3);
    for (const [page, count] of ofLast)
      expect(countOf(recorded.phase.counted.get(page) ?? 0)).toBeGreaterThanOrEqual(count);
    await window.call('playback.seek', { timeNs: ends[1] });
    expect((await counts('phase', 8)).intervals).toBe(2);
    expect((await counts('sample', 8)).intervals).toBe(0);
  });
});
