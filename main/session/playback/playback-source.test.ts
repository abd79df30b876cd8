/** A recording as a source: what every source must do, and what only a recording does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { InspectorError } from '#shared/contract/errors.ts';
import { FrameState } from '#shared/frame/apply.ts';
import { PLANE_COUNT, type Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SampleMode, SourceEvent } from '#shared/source/source.ts';
import { PlaybackSource } from './playback-source.ts';
import { RecordingReader } from '../../recording/recording-reader.ts';
import { RecordingWriter } from '../../recording/recording-writer.ts';
import { infoOf, simulatedFrames } from '../../recording/testing/simulated-frames.ts';
import { temporaryFolder } from '../../recording/testing/temporary-folder.ts';

const folder = temporaryFolder();
const sources: PlaybackSource[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) await source.close();
});

type Pages = [number, number][][];
const planesOf = (tiles: TileSet): Pages =>
  Array.from({ length: PLANE_COUNT }, (_, plane) => tiles.runs(plane as Plane));

/** A recording of `count` frames 50 ms apart, and what each of them shows. */
async function recorded(count: number, modeOf: (i: number) => SampleMode = () => 'interval') {
  const path = folder.path('a.mcap');
  const made = await simulatedFrames('game-loop', 'interval', { parameters: { textures: 8 } });
  const writer = await RecordingWriter.create({ path, info: infoOf(made.source) });
  const state = new FrameState();
  const pictures: { planes: Pages; mode: SampleMode }[] = [];
  for (let i = 0; i < count; i++) {
    const frame = await made.next(modeOf(i));
    state.apply(frame);
    writer.frame(frame);
    pictures.push({ planes: planesOf(state.tiles), mode: frame.mode });
  }
  await writer.stop();
  return { path, pictures };
}

async function open(path: string): Promise<PlaybackSource> {
  const source = await PlaybackSource.open(path);
  sources.push(source);
  return source;
}

async function sample(source: PlaybackSource) {
  const tiles = new TileSet();
  const { vmas, recorded: facts } = await source.sample({ mode: 'hold', tiles, state: true });
  return { planes: planesOf(tiles), vmas, ...facts };
}

/** All pages that any of the pictures shows as written. */
function writtenIn(pictures: readonly { planes: Pages }[]): [number, number][] {
  const tiles = new TileSet();
  for (const { planes } of pictures) for (const [from, to] of planes[0]) tiles.setRun(0, from, to);
  return tiles.runs(0);
}

describe('a recording as a source', () => {
  it('tells what it is and what it can, and does nothing that it cannot', async () => {
    const { path } = await recorded(10);
    const source = await open(path);
    expect(source.description).toMatchObject({
      kind: 'recording',
      title: 'Game loop',
      detail: path,
      launched: false,
    });
    const { capabilities } = source;
    expect(capabilities).toMatchObject({
      get: false,
      clear: false,
      getAndClear: 'none',
      seek: true,
      control: [],
    });
    for (const method of ['clearRefs', 'walk', 'bytes', 'control', 'set', 'snapshot'])
      expect(method in source, method).toBe(false);
    await expect(source.operate()).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('samples without changing anything: the same frame, and the same list of VMAs, as often as asked', async () => {
    const { path, pictures } = await recorded(10);
    const source = await open(path);
    const [first, second] = [await sample(source), await sample(source)];
    expect(first.planes).toEqual(pictures[0].planes);
    expect(second.planes).toEqual(first.planes);
    expect(second.vmas).toBe(first.vmas);
    expect([first.elsewhere, second.elsewhere]).toEqual([true, false]);
    for (const [i, vma] of first.vmas.entries()) {
      expect(vma.start).toBeLessThan(vma.end);
      if (i > 0) expect(vma.start).toBeGreaterThanOrEqual(first.vmas[i - 1].end);
    }
  });

  it('refuses everything once it is closed, and closes twice', async () => {
    const { path } = await recorded(10);
    const source = await open(path);
    await source.close();
    await source.close();
    for (const call of [
      () => source.seek(0),
      () => source.step(1),
      () => source.advance(10),
      () => sample(source),
    ])
      await expect(call()).rejects.toBeInstanceOf(InspectorError);
  });

  it('lets time pass at its speed, and joins what is passed', async () => {
    const { path, pictures } = await recorded(80);
    const source = await open(path);
    await sample(source);
    await source.configure({ playing: true, speed: 2 });
    expect(await source.advance(10)).toBe(false);
    expect(source.position()).toEqual({ timeNs: 20_000_000, frame: 0 });
    expect(await source.advance(15)).toBe(true);
    expect(source.position()).toEqual({ timeNs: 50_000_000, frame: 1 });
    expect((await sample(source)).planes).toEqual(pictures[1].planes);
    // Over several chunks at once.
    await source.configure({ speed: 100 });
    expect(await source.advance(25)).toBe(true);
    expect(source.position().frame).toBe(51);
    const { planes, elsewhere } = await sample(source);
    expect(elsewhere).toBe(false);
    expect(planes[0]).toEqual(writtenIn(pictures.slice(2, 52)));
    expect(planes.slice(1, 4)).toEqual(pictures[51].planes.slice(1, 4));
    expect(await source.advance(1000)).toBe(true);
    expect(source.state()).toMatchObject({ playing: false, position: { frame: 79 } });
    // Playing at the end begins anew.
    await source.configure({ playing: true });
    expect(source.position()).toEqual({ timeNs: 0, frame: 0 });
  });

  it('plays slowly, pauses, and a pause takes no time', async () => {
    const { path } = await recorded(30);
    const source = await open(path);
    await source.configure({ playing: true, speed: 0.1 });
    expect(await source.advance(499)).toBe(false);
    expect(await source.advance(1)).toBe(true);
    await source.configure({ playing: false });
    expect(await source.advance(10_000)).toBe(false);
    expect(source.position().frame).toBe(1);
  });

  it('shows frames of both modes as they were', async () => {
    const { path, pictures } = await recorded(60, (i) => (i % 20 < 10 ? 'hold' : 'interval'));
    const source = await open(path);
    for (const frame of [0, 5, 15, 59, 14, 9, 10, 30]) {
      await source.seek(frame * 50_000_000);
      const { planes, mode, time } = await sample(source);
      expect({ planes, mode }).toEqual(pictures[frame]);
      expect(time).toBe(frame * 50);
    }
  });

  it('stays where it was when a place cannot be read, and plays on after it', async () => {
    const { path, pictures } = await recorded(120);
    const reader = await RecordingReader.open(path);
    const bad = 2;
    const { offset, length } = reader.places.at(bad);
    const [from, to] = [reader.index.firstOfChunk(bad), reader.index.firstOfChunk(bad + 1)];
    await reader.close();
    const bytes = readFileSync(path);
    bytes.fill(0, offset + 100, offset + length - 10);
    writeFileSync(path, bytes);
    const source = await open(path);
    const events: SourceEvent[] = [];
    source.onEvent((event) => events.push(event));
    await source.seek((from - 1) * 50_000_000);
    await expect(source.step(1)).rejects.toMatchObject({ kind: 'damaged-file' });
    expect(source.position().frame).toBe(from - 1);
    expect((await sample(source)).planes).toEqual(pictures[from - 1].planes);
    await source.configure({ playing: true });
    expect(await source.advance(50)).toBe(true);
    expect(source.position().frame).toBe(to);
    const { planes, elsewhere } = await sample(source);
    expect(elsewhere).toBe(true);
    expect(planes).toEqual(pictures[to].planes);
    expect(events).toMatchObject([{ type: 'changed' }, { type: 'notice' }]);
    expect(source.state().damage).toMatch(
      /^One damaged part is left out: \d+ bytes with \d+ frames \(a part cannot be decompressed\)\.$/,
    );
  });
});
