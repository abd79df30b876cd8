import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stampOf } from '#shared/frame/stamps.ts';
import { PAGES_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { RecordingWriter } from '../../recording/recording-writer.ts';
import { infoOf, simulatedFrames } from '../../recording/testing/simulated-frames.ts';
import { temporaryFolder } from '../../recording/testing/temporary-folder.ts';
import { FrameBuilder } from '../frames/frame-builder.ts';
import { RecordingPlayer } from './recording-player.ts';

const folder = temporaryFolder();

/** Pages that were written, and that were given back, in the interval that ends at `time`, in ms. */
interface Interval {
  readonly time: number;
  readonly pages: readonly number[];
  readonly gone: readonly number[];
}

/** A way through the recording: to a time (share of its length), by frames, or on for some milliseconds. */
type Move = { readonly seek: number } | { readonly step: number } | { readonly play: number };

const pages = fc.uniqueArray(fc.nat({ max: 1500 }), { maxLength: 8 });
const intervals = fc
  .array(fc.record({ pages, gone: pages, distance: fc.integer({ min: 1, max: 3000 }) }), {
    minLength: 2,
    maxLength: 60,
  })
  .map((drawn) => {
    let time = 0;
    return drawn.map(({ distance, ...rest }): Interval => ({ ...rest, time: (time += distance) }));
  });
const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    fc.record({ seek: fc.double({ min: -0.1, max: 1.1, noNaN: true }) }),
    fc.record({ step: fc.integer({ min: -8, max: 8 }) }),
    fc.record({ play: fc.integer({ min: 1, max: 4000 }) }),
  ),
  { minLength: 1, maxLength: 12 },
);

async function record(path: string, all: readonly Interval[]): Promise<void> {
  const { source } = await simulatedFrames();
  const writer = await RecordingWriter.create({ path, info: infoOf(source) });
  const builder = new FrameBuilder(0);
  for (const { time, pages: written, gone } of all) {
    const tiles = new TileSet();
    for (const page of written) tiles.setRun(Plane.Written, page, page + 1);
    for (const page of gone) tiles.setRun(Plane.Gone, page, page + 1);
    const sample = { vmas: [], scanNs: 0 };
    writer.frame(builder.advance({ sample, tiles, mode: 'interval', state: true, time, whole: false }));
  }
  await writer.stop();
}

/** Page → when it was last written up to `until`, one interval after the other. */
function model(all: readonly Interval[], until: number): [page: number, time: number][] {
  const begin = all[0].time;
  const times = new Map<number, number>();
  for (const { time, pages: written, gone } of all) {
    const at = time - begin;
    if (at > until || at < until - 60_000) continue;
    for (const page of gone) times.delete(page);
    for (const page of written) times.set(page, at);
  }
  return [...times].sort(([a], [b]) => a - b);
}

/** Time and ages of the frame that the player shows; null if the frame does not have it: it follows the previous one. */
function shown(player: RecordingPlayer): { time: number; ages: [number, number][] | null } {
  const { time, earlier } = player.take(new TileSet());
  if (earlier === undefined) return { time, ages: null };
  const ages: [number, number][] = [];
  earlier.indexes.forEach((tile, position) => {
    for (let page = 0; page < PAGES_PER_TILE; page++) {
      const at = stampOf(earlier, position, page);
      if (at !== null) ages.push([tile * PAGES_PER_TILE + page, at]);
    }
  });
  return { time, ages: ages.sort(([a], [b]) => a - b) };
}

describe('ages of pages after seeks in a recording', () => {
  it('are those of the recorded intervals, whatever was shown before', async () => {
    let files = 0;
    await fc.assert(
      fc.asyncProperty(intervals, moves, async (all, way) => {
        const path = folder.path(`${files++}.mcap`);
        await record(path, all);
        const player = await RecordingPlayer.open(path);
        try {
          expect(shown(player)).toEqual({ time: 0, ages: model(all, 0) });
          const lengthMs = all[all.length - 1].time - all[0].time;
          for (const move of way) {
            if ('seek' in move) await player.seek(move.seek * lengthMs * 1e6);
            else if ('step' in move) await player.step(move.step);
            else await player.configure({ playing: true }).then(() => player.advance(move.play));
            const { time, ages } = shown(player);
            // Frames that playback passes are joined to the picture before, which has their ages.
            if ('play' in move) continue;
            expect({ move, ages }).toEqual({ move, ages: model(all, time) });
          }
        } finally {
          await player.close();
        }
      }),
      { numRuns: 60 },
    );
  });
});
