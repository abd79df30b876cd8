/** Frames compared with simple alternatives: a page at a time, and JSON. Nanoseconds per page of the whole space. */
import { Plane } from '../memory/plane.ts';
import { TileSet } from '../memory/tile-set.ts';
import { FrameState } from './apply.ts';
import { decodeFrame, encodeFrame } from './codec.ts';
import { advanceTiles, ALL_PLANES, keyTiles } from './delta.ts';
import type { Frame } from './frame.ts';
import { randomWords } from '../testing/random.ts';
import { mergeFrames } from './merge.ts';

const PAGES = 2 ** 20;
/** Pages written in one sample: runs of 1 to 8 pages, scattered, the same each time. */
function written(share: number, seed: number): [number, number][] {
  const runs: [number, number][] = [];
  const random = randomWords(seed);
  for (let page = 0, left = share * PAGES; page < PAGES && left > 0;) {
    const pages = share === 1 ? PAGES : 1 + (random() >>> 29);
    runs.push([page, Math.min(PAGES, page + pages)]);
    left -= pages;
    page += share === 1 ? PAGES : Math.floor(pages / share);
  }
  return runs;
}

function tiles(share: number, seed: number): TileSet {
  const set = new TileSet();
  set.setRun(Plane.Present, 0, PAGES);
  for (const [from, to] of written(share, seed)) set.setRun(Plane.Written, from, to);
  return set;
}

function frame(kind: Frame['kind'], set: Frame['tiles'], sequence: number): Frame {
  const base = kind === 'key' ? sequence : sequence - 1;
  const rest = { time: 0, merged: 1, scanNs: 0, writtenPages: 0, vmas: kind === 'key' ? [] : null };
  return { kind, mode: 'hold', sequence, base, ...rest, tiles: set };
}

/** Nanoseconds per page: the best of some runs, each long enough to measure. */
function measure(task: () => unknown): number {
  let best = Infinity;
  for (let round = 0; round < 5; round++) {
    let times = 0;
    const began = performance.now();
    while (performance.now() - began < 60) {
      task();
      times++;
    }
    best = Math.min(best, ((performance.now() - began) / times) * 1e6);
  }
  return best / PAGES;
}

function report(label: string, ours: number, baseline: string, theirs: number): void {
  const figures = `${ours.toFixed(3).padStart(8)} ns/page   ${theirs.toFixed(3).padStart(8)} ${baseline}`;
  console.log(`${label.padEnd(44)}${figures}   ${(theirs / ours).toFixed(1)} times`);
}

console.log(`frames of ${PAGES} pages`);
for (const share of [0.01, 0.1, 0.5]) {
  const before = tiles(share, 1);
  const after = tiles(share, 2);
  const percent = `${share * 100} % written`;
  const state = new TileSet();
  advanceTiles(state, before, ALL_PLANES, 'hold');
  // Forward and back, so that every round has the same work.
  let turn = false;
  const delta = measure(() => {
    turn = !turn;
    return advanceTiles(state, turn ? after : before, ALL_PLANES, 'hold');
  });
  const pagewise = measure(() => {
    const changed: number[] = [];
    for (let page = 0; page < PAGES; page++) {
      if (before.test(Plane.Written, page) !== after.test(Plane.Written, page)) changed.push(page);
    }
    return changed;
  });
  report(`delta, ${percent}`, delta, 'page by page', pagewise);

  const key = frame('key', keyTiles(after), 2);
  const json = { ...key, tiles: written(share, 2).map(([start, end]) => ({ start, end })) };
  const buffer = encodeFrame(key);
  const text = JSON.stringify(json);
  report(
    `encode, ${percent}`,
    measure(() => encodeFrame(key)),
    'JSON of runs',
    measure(() => JSON.stringify(json)),
  );
  const shown = new FrameState();
  report(
    `decode and apply, ${percent}`,
    measure(() => shown.apply(decodeFrame(buffer))),
    'JSON of runs',
    measure(() => {
      const set = new TileSet();
      const parsed = JSON.parse(text) as { tiles: { start: number; end: number }[] };
      for (const { start, end } of parsed.tiles) set.setRun(Plane.Written, start, end);
    }),
  );
  console.log(
    `${''.padEnd(44)}${buffer.byteLength} bytes, JSON of runs ${text.length} (without planes of state)`,
  );

  const one = frame('key', keyTiles(before), 1);
  const two = frame('delta', keyTiles(after), 2);
  report(
    `merge, ${percent}`,
    measure(() => mergeFrames(one, two)),
    'decode and apply',
    measure(() => shown.apply(decodeFrame(buffer))),
  );
}
