/** Frames, marks, operations and counts read back as they were written, by this program and by the official reader. */
import { open, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { McapIndexedReader } from '@mcap/core';
import { describe, expect, it } from 'vitest';
import type { Mark, OperationRecord } from '#shared/contract/recording.ts';
import { FrameState } from '#shared/frame/apply.ts';
import { PLANE_COUNT, type Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { FrameCursor } from './frame-cursor.ts';
import { RecordingReader } from './recording-reader.ts';
import { RecordingWriter } from './recording-writer.ts';
import { infoOf, simulatedFrames } from './testing/simulated-frames.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { decompress } from './zstd.ts';

const folder = temporaryFolder();

interface Picture {
  readonly time: number;
  readonly mode: SampleMode;
  readonly planes: readonly [number, number][][];
  readonly vmas: readonly Vma[];
}

const planesOf = (tiles: TileSet) =>
  Array.from({ length: PLANE_COUNT }, (_, plane) => tiles.runs(plane as Plane));

/** Records `count` frames and keeps what they add up to. */
async function record(path: string, count: number, modes: (i: number) => SampleMode, workload = 'game-loop') {
  const frames = await simulatedFrames(workload, 'hold', { parameters: { textures: 8 } });
  const writer = await RecordingWriter.create({ path, info: infoOf(frames.source) });
  const state = new FrameState();
  const pictures: Picture[] = [];
  for (let i = 0; i < count; i++) {
    const frame = await frames.next(modes(i));
    writer.frame(frame);
    expect(state.apply(frame)).toBe(true);
    pictures.push({ time: frame.time, mode: frame.mode, planes: planesOf(state.tiles), vmas: state.vmas });
  }
  return { writer, pictures };
}

const mark: Mark = { id: 'a', timeNs: 100_000_000, note: 'über', colour: 'red' };
const operation: OperationRecord = {
  timeNs: 200_000_000,
  action: 'GET',
  request: { start: 0x7fff_ffff_f000n, len: 4096n, vecLen: 1, flags: 0 },
  detail: '',
  result: { ok: true, ret: 1, next: null },
  durationNs: 1500,
};

describe('a recording', () => {
  it.each([
    ['hold', () => 'hold' as const],
    ['interval', () => 'interval' as const],
    ['both', (i: number) => (Math.floor(i / 7) % 2 === 0 ? ('hold' as const) : ('interval' as const))],
  ])('gives back every frame of mode %s, in any order', async (_title, modes) => {
    const path = folder.path('a.mcap');
    const { writer, pictures } = await record(path, 90, modes);
    const { frames } = await writer.stop();
    expect(frames).toBe(90);
    const reader = await RecordingReader.open(path);
    expect(reader.damage).toBeNull();
    expect(reader.index.frames).toBe(90);
    expect(reader.chunks).toBeGreaterThan(4);
    const cursor = new FrameCursor(reader);
    const order = [0, 1, 2, 89, 88, 45, 46, 17, 16, 15, 47, 3, 80, 81, 82, 83];
    for (const frame of [...order, ...Array.from({ length: 90 }, (_, i) => i)]) {
      await cursor.goTo(frame);
      const expected = pictures[frame];
      expect(planesOf(cursor.state.tiles), `frame ${frame}`).toEqual(expected.planes);
      expect(cursor.vmas).toEqual(expected.vmas);
      expect(cursor.state.mode).toBe(expected.mode);
      expect(reader.index.times[frame]).toBe((expected.time - pictures[0].time) * 1e6);
    }
    await reader.close();
  });

  it('loses no interval on the way, however far it goes at once', async () => {
    const path = folder.path('a.mcap');
    const { writer, pictures } = await record(path, 80, () => 'interval');
    await writer.stop();
    const reader = await RecordingReader.open(path);
    const cursor = new FrameCursor(reader);
    await cursor.goTo(2);
    const written = new TileSet();
    await cursor.advanceTo(70, written);
    const expected = new TileSet();
    for (const { planes } of pictures.slice(3, 71))
      for (const [from, to] of planes[0]) expected.setRun(0, from, to);
    expect(written.runs(0)).toEqual(expected.runs(0));
    expect(planesOf(cursor.state.tiles)).toEqual(pictures[70].planes);
    await reader.close();
  });

  it('keeps marks, operations and what it is a recording of', async () => {
    const path = folder.path('a.mcap');
    const { writer } = await record(path, 10, () => 'hold');
    writer.mark({ ...mark, timeNs: 150_000_000 });
    writer.mark({ ...mark, id: 'b' });
    writer.removeMark('b');
    writer.operation(operation);
    const event = { kind: 'child', pid: 4711, message: 'x'.repeat(3000) } as const;
    writer.processEvent({ ...event, timeNs: 300_000_000 });
    await writer.stop();
    const reader = await RecordingReader.open(path);
    // The first frame is at 50 ms.
    expect(reader.marks).toEqual([mark]);
    expect(reader.operations).toEqual([{ ...operation, timeNs: 450_000_000 }]);
    // Times never go back, and a message has a bound.
    const kept = { ...event, timeNs: 450_000_000, message: 'x'.repeat(2000) };
    expect(reader.processEvents).toEqual([kept]);
    const scanned = await RecordingReader.open(path, { scan: true });
    expect(scanned.processEvents).toEqual([kept]);
    expect(scanned.operations).toEqual(reader.operations);
    await scanned.close();
    expect(reader.info).toMatchObject({ version: 2, hz: 20, source: { kind: 'simulated' } });
    await reader.close();
  });

  it('counts pages by kind for the timeline', async () => {
    const path = folder.path('a.mcap');
    const { writer, pictures } = await record(path, 50, () => 'interval');
    await writer.stop();
    const reader = await RecordingReader.open(path);
    const { index } = reader;
    const whole = index.timeline(0, index.endNs, 1);
    const pages = pictures.flatMap(({ planes }) => planes[0]).reduce((sum, [from, to]) => sum + to - from, 0);
    expect(whole.frames).toEqual(Uint32Array.of(50));
    expect(whole.pages.reduce((sum, count) => sum + count, 0)).toBe(pages);
    const fine = index.timeline(0, index.endNs, 500);
    expect(fine.frames.reduce((sum, count) => sum + count, 0)).toBe(50);
    expect(Math.max(...fine.max)).toBe(whole.max[0]);
    await reader.close();
  });

  it('is an MCAP file to the official reader, with statistics that can be plotted', async () => {
    const path = folder.path('a.mcap');
    const { writer } = await record(path, 40, () => 'interval');
    await writer.stop();
    const file = await open(path);
    const { size } = await stat(path);
    const reader = await McapIndexedReader.Initialize({
      readable: {
        size: () => Promise.resolve(BigInt(size)),
        read: async (at, length) => {
          const bytes = new Uint8Array(Number(length));
          await file.read(bytes, 0, bytes.length, Number(at));
          return bytes;
        },
      },
      decompressHandlers: { zstd: (bytes, length) => decompress(bytes, Number(length), 2 ** 25) },
    });
    const topics = [...reader.channelsById.values()].map(({ topic }) => topic);
    expect(topics).toEqual([
      '/frames',
      '/vmas',
      '/statistics',
      '/operations',
      '/marks',
      '/process_events',
      '/writers',
      '/rerun',
    ]);
    expect(reader.statistics?.channelMessageCounts.get(2)).toBe(40n);
    const lines: { frame: number; written: number; anon: number }[] = [];
    for await (const { data } of reader.readMessages({ topics: ['/statistics'] }))
      lines.push(JSON.parse(new TextDecoder().decode(data)) as (typeof lines)[number]);
    expect(lines.map(({ frame }) => frame)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(lines.some(({ written }) => written > 0)).toBe(true);
    await file.close();
  });

  it('of version 1, with eight planes, reads as it did', async () => {
    const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
    const expected = JSON.parse(await readFile(fixture('version-1.json'), 'utf8')) as {
      time: number;
      planes: [number, number][][];
      vmas: number;
    }[];
    const reader = await RecordingReader.open(fixture('version-1.mcap'));
    expect(reader.info).toMatchObject({ version: 1 });
    expect(reader.damage).toBeNull();
    expect(reader.index.frames).toBe(expected.length);
    const cursor = new FrameCursor(reader);
    for (const [frame, { planes, vmas }] of expected.entries()) {
      await cursor.goTo(frame);
      expect(planesOf(cursor.state.tiles)).toEqual([...planes, [], [], []]);
      expect(cursor.vmas).toHaveLength(vmas);
    }
    await reader.close();
  });

  it('overwrites nothing', async () => {
    const path = folder.path('a.mcap');
    await (await record(path, 3, () => 'hold')).writer.stop();
    await expect(record(path, 3, () => 'hold')).rejects.toMatchObject({ kind: 'io' });
    const reader = await RecordingReader.open(path);
    expect(reader.index.frames).toBe(3);
    await reader.close();
  });
});
