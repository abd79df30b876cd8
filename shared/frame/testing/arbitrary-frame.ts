/** Arbitrary VMAs, tile sets and frames, as sources give them. */
import fc from 'fast-check';
import { EVENT_PLANES, Plane, PLANE_COUNT } from '../../memory/plane.ts';
import { WORDS_PER_TILE } from '../../memory/page.ts';
import { TileSet } from '../../memory/tile-set.ts';
import { TRACKINGS, VMA_KINDS, type Vma } from '../../memory/vma.ts';
import { SAMPLE_MODES } from '../../source/source.ts';
import { keyTiles } from '../delta.ts';
import type { Frame } from '../frame.ts';
import { type FrameStamps, stampWords } from '../stamps.ts';

const text = fc.oneof(
  fc.constantFrom('', '[heap]', '/usr/lib/libc.so.6', 'rd wr mr'),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

const vma = fc.record({
  gap: fc.nat(2 ** 20),
  pages: fc.integer({ min: 1, max: 2 ** 28 }),
  read: fc.boolean(),
  write: fc.boolean(),
  exec: fc.boolean(),
  kind: fc.constantFrom(...VMA_KINDS),
  name: text,
  pgoff: fc.nat(),
  softDirty: fc.boolean(),
  flags: text,
  tracking: fc.constantFrom(...TRACKINGS),
  why: fc.option(text, { nil: undefined }),
});

/** VMAs in ascending order that do not overlap, of every kind and every tracking. */
export const vmasArbitrary: fc.Arbitrary<Vma[]> = fc.array(vma, { maxLength: 6 }).map((list) => {
  let at = 0;
  return list.map(({ gap, pages, tracking, why, ...rest }) => {
    const start = at + gap;
    at = start + pages;
    const place = { ...rest, start, end: at };
    if (tracking === 'untracked') {
      return { ...place, tracked: false, ...(why === undefined ? {} : { untracked: why }) };
    }
    const how = tracking === 'exact' ? {} : { tracking, ...(why === undefined ? {} : { reason: why }) };
    return { ...place, tracked: true, ...how };
  });
});

/** Runs of pages in few tiles, so that they meet each other. */
const run = fc.record({
  plane: fc.nat(PLANE_COUNT - 1),
  start: fc.oneof(
    fc.nat(4 * 512),
    fc.nat(512).map((page) => 2 ** 35 + page),
  ),
  pages: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1500 })),
});

/** Up to 8 runs in any planes, with the planes' rules kept: what is fresh is written too. */
export const tileSetArbitrary: fc.Arbitrary<TileSet> = fc.array(run, { maxLength: 8 }).map((runs) => {
  const tiles = new TileSet();
  for (const { plane, start, pages } of runs) {
    tiles.setRun(plane as Plane, start, start + pages);
    // What is fresh is written too.
    if (plane === Plane.Fresh) tiles.setRun(Plane.Written, start, start + pages);
  }
  excludeKnown(tiles);
  return tiles;
});

/** As sources give them: what is known to be written is not touched, and neither is hot. */
function excludeKnown(tiles: TileSet): void {
  for (let slot = 0; slot < tiles.size; slot++) {
    const [written, , touched, hot] = EVENT_PLANES.map((plane) => tiles.offset(slot, plane));
    for (let w = 0; w < WORDS_PER_TILE; w++) {
      tiles.words[touched + w] &= ~tiles.words[written + w];
      tiles.words[hot + w] &= ~(tiles.words[written + w] | tiles.words[touched + w]);
    }
  }
}

const stampsArbitrary: fc.Arbitrary<FrameStamps> = fc
  .record({
    times: fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: 1, maxLength: 9 }),
    tiles: fc.uniqueArray(fc.nat(5000), { maxLength: 4 }),
    lost: fc.uniqueArray(fc.nat(5000), { maxLength: 7 }),
    word: fc.nat(0xffffffff),
  })
  .map(({ times, tiles, lost, word }) => ({
    times: Float64Array.from(times),
    indexes: Float64Array.from(tiles),
    words: new Uint32Array(tiles.length * stampWords(times.length)).fill(word),
    lost: Float64Array.from(lost.sort((a, b) => a - b).slice(0, lost.length & ~1)),
  }));

/** Key and delta frames of any sampling mode, some with stamps. */
export const frameArbitrary: fc.Arbitrary<Frame> = fc
  .record({
    kind: fc.constantFrom('key' as const, 'delta' as const),
    mode: fc.constantFrom(...SAMPLE_MODES),
    sequence: fc.integer({ min: 10, max: 2 ** 40 }),
    merged: fc.integer({ min: 1, max: 10 }),
    time: fc.double({ min: 0, max: 1e12, noNaN: true }),
    scanNs: fc.nat(),
    writtenPages: fc.nat(),
    vmas: vmasArbitrary,
    changed: fc.boolean(),
    tiles: tileSetArbitrary.map((tiles) => keyTiles(tiles)),
    stamps: fc.option(stampsArbitrary, { nil: undefined }),
  })
  .map(({ changed, stamps, ...frame }) => ({
    ...frame,
    ...(stamps && { stamps }),
    base: frame.kind === 'key' ? frame.sequence : frame.sequence - frame.merged,
    vmas: frame.kind === 'key' || changed ? frame.vmas : null,
  }));
