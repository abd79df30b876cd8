/** Playing a recording: frames, time, damage. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { InspectorError } from '#shared/contract/errors.ts';
import { FrameState } from '#shared/frame/apply.ts';
import { PLANE_COUNT, type Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { RecordingPlayer } from './recording-player.ts';
import { RecordingReader } from '../../recording/recording-reader.ts';
import { RecordingWriter } from '../../recording/recording-writer.ts';
import { infoOf, simulatedFrames } from '../../recording/testing/simulated-frames.ts';
import { temporaryFolder } from '../../recording/testing/temporary-folder.ts';

const folder = temporaryFolder();
const players: RecordingPlayer[] = [];
afterEach(async () => {
  for (const player of players.splice(0)) await player.close();
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

async function open(path: string): Promise<RecordingPlayer> {
  const player = await RecordingPlayer.open(path);
  players.push(player);
  return player;
}

function take(player: RecordingPlayer) {
  const tiles = new TileSet();
  const { vmas, time, mode, elsewhere } = player.take(tiles);
  return { planes: planesOf(tiles), vmas, time, mode, elsewhere };
}

/** All pages that any of the pictures shows as written. */
function writtenIn(pictures: readonly { planes: Pages }[]): [number, number][] {
  const tiles = new TileSet();
  for (const { planes } of pictures) for (const [from, to] of planes[0]) tiles.setRun(0, from, to);
  return tiles.runs(0);
}

describe('a recording', () => {
  it('describes itself by its file', async () => {
    const { path } = await recorded(10);
    const player = await open(path);
    expect(player.description).toMatchObject({
      kind: 'recording',
      title: 'Game loop',
      detail: path,
      launched: false,
    });
  });

  it('is at its first frame: the same, with the same list of VMAs, as often as asked', async () => {
    const { path, pictures } = await recorded(10);
    const player = await open(path);
    const [first, second] = [take(player), take(player)];
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
    const player = await open(path);
    await player.close();
    await player.close();
    for (const call of [() => player.seek(0), () => player.step(1), () => player.advance(10)])
      await expect(call()).rejects.toBeInstanceOf(InspectorError);
    expect(() => take(player)).toThrow(InspectorError);
  });

  it('plays at its speed, and joins the frames that are passed', async () => {
    const { path, pictures } = await recorded(80);
    const player = await open(path);
    take(player);
    await player.configure({ playing: true, speed: 2 });
    expect(await player.advance(10)).toBe(false);
    expect(player.position()).toEqual({ timeNs: 20_000_000, frame: 0 });
    expect(await player.advance(15)).toBe(true);
    expect(player.position()).toEqual({ timeNs: 50_000_000, frame: 1 });
    expect(take(player).planes).toEqual(pictures[1].planes);
    // Over several chunks at once.
    await player.configure({ speed: 100 });
    expect(await player.advance(25)).toBe(true);
    expect(player.position().frame).toBe(51);
    const { planes, elsewhere } = take(player);
    expect(elsewhere).toBe(false);
    expect(planes[0]).toEqual(writtenIn(pictures.slice(2, 52)));
    expect(planes.slice(1, 4)).toEqual(pictures[51].planes.slice(1, 4));
    expect(await player.advance(1000)).toBe(true);
    expect(player.state()).toMatchObject({ playing: false, position: { frame: 79 } });
    // Playing at the end starts again.
    await player.configure({ playing: true });
    expect(player.position()).toEqual({ timeNs: 0, frame: 0 });
  });

  it('plays slowly, pauses, and a pause takes no time', async () => {
    const { path } = await recorded(30);
    const player = await open(path);
    await player.configure({ playing: true, speed: 0.1 });
    expect(await player.advance(499)).toBe(false);
    expect(await player.advance(1)).toBe(true);
    await player.configure({ playing: false });
    expect(await player.advance(10_000)).toBe(false);
    expect(player.position().frame).toBe(1);
  });

  it('shows frames of both modes as they were recorded', async () => {
    const { path, pictures } = await recorded(60, (i) => (i % 20 < 10 ? 'hold' : 'interval'));
    const player = await open(path);
    for (const frame of [0, 5, 15, 59, 14, 9, 10, 30]) {
      await player.seek(frame * 50_000_000);
      const { planes, mode, time } = take(player);
      expect({ planes, mode }).toEqual(pictures[frame]);
      expect(time).toBe(frame * 50);
    }
  });

  it('keeps its position when a frame cannot be read, and plays on after the damaged part', async () => {
    const { path, pictures } = await recorded(120);
    const reader = await RecordingReader.open(path);
    const bad = 2;
    const { offset, length } = reader.places.at(bad);
    const [from, to] = [reader.index.firstOfChunk(bad), reader.index.firstOfChunk(bad + 1)];
    await reader.close();
    const bytes = readFileSync(path);
    bytes.fill(0, offset + 100, offset + length - 10);
    writeFileSync(path, bytes);
    const player = await open(path);
    const events: string[] = [];
    player.listen({ changed: () => events.push('changed'), notice: () => events.push('notice') });
    await player.seek((from - 1) * 50_000_000);
    await expect(player.step(1)).rejects.toMatchObject({ kind: 'damaged-file' });
    expect(player.position().frame).toBe(from - 1);
    expect(take(player).planes).toEqual(pictures[from - 1].planes);
    await player.configure({ playing: true });
    expect(await player.advance(50)).toBe(true);
    expect(player.position().frame).toBe(to);
    const { planes, elsewhere } = take(player);
    expect(elsewhere).toBe(true);
    expect(planes).toEqual(pictures[to].planes);
    expect(events).toEqual(['changed', 'notice']);
    expect(player.state().damage).toMatch(
      /^One damaged part is left out: [\d,]+ bytes with \d+ frames \(a part cannot be decompressed\)\.$/,
    );
  });
});
