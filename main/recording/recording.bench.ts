/**
 * Recording and playing. Size and time of a recorder are counted beyond the scan: what it costs that a frame that is
 * there is also recorded (encoding, compressing, writing), in processor time of the whole process, its own and the
 * system's. Baselines in the same run: the plane Written as raw bitmaps, and the same through gzip.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Frame } from '#shared/frame/frame.ts';
import { PAGES_PER_TILE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { randomBelow } from '#shared/testing/random.ts';
import { vmaOf } from '#shared/testing/vma.ts';
import { FrameBuilder } from '../session/frames/frame-builder.ts';
import { exporters } from './export-formats.ts';
import { tableOf } from './export-rows.ts';
import { FrameCursor } from './frame-cursor.ts';
import { MAX_FRAMES } from './frame-index.ts';
import { RecordingPlayer } from '../session/playback/recording-player.ts';
import { RecordingReader } from './recording-reader.ts';
import { RecordingWriter } from './recording-writer.ts';
import { makeLongRecording } from './testing/long-recording.ts';
import { infoOf, simulatedFrames } from './testing/simulated-frames.ts';

const HZ = 20;
const PAGES = 2 ** 20;
const CHURN = PAGES / 100;
const BASE = 2 ** 30;

const vmas = [vmaOf(BASE, BASE + PAGES)];

const random = randomBelow(1);

/** Which pages a frame writes, 1 % of all. */
const PATTERNS: Readonly<Record<string, (write: (page: number, pages: number) => void) => void>> = {
  // Pages are independent: only entropy coding can save anything.
  'each page by chance': (write) => {
    for (let i = 0; i < CHURN; i++) write(random(PAGES), 1);
  },
  // Buffers and objects of some pages.
  'runs of 1 to 31 pages': (write) => {
    for (let left = CHURN; left > 0;) {
      const pages = Math.min(left, 1 + random(31));
      write(random(PAGES - pages), pages);
      left -= pages;
    }
  },
  // Nine in ten writes go to the same tenth of the memory.
  'hot tenth, runs of 1 to 7': (write) => {
    for (let left = CHURN; left > 0;) {
      const pages = Math.min(left, 1 + random(7));
      write(random(10) < 9 ? random(PAGES / 10) : random(PAGES - pages), pages);
      left -= pages;
    }
  },
};

function framesOf(pattern: (write: (page: number, pages: number) => void) => void, count: number): Frame[] {
  const picture = new FrameBuilder(0);
  return Array.from({ length: count }, (_, i) => {
    const tiles = new TileSet();
    tiles.setRun(Plane.Present, BASE, BASE + PAGES);
    pattern((page, pages) => tiles.setRun(Plane.Written, BASE + page, BASE + page + pages));
    const sample = { vmas, scanNs: 1e6 };
    return picture.advance({
      sample,
      tiles,
      mode: 'interval',
      state: true,
      time: i * (1000 / HZ),
      whole: false,
    });
  });
}

/** The bitmap of plane Written, a bit per page. */
function rawOf(frame: Frame): Uint32Array {
  const raw = new Uint32Array(PAGES / 32);
  const { indexes, masks, words } = frame.tiles;
  for (let i = 0, at = 0; i < indexes.length; i++) {
    if ((masks[i] & 1) !== 0)
      raw.set(words.subarray(at, at + WORDS_PER_TILE), (indexes[i] - BASE / PAGES_PER_TILE) * WORDS_PER_TILE);
    for (let rest = masks[i]; rest !== 0; rest &= rest - 1) at += WORDS_PER_TILE;
  }
  return raw;
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const milliseconds = (time: number): string => `${time.toFixed(1)} ms`;

function quantile(times: number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

async function recorderCost(folder: string): Promise<void> {
  console.log(`recording 4 GiB, 1 % written in each frame, ${HZ} frames a second`);
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    const frames = framesOf(pattern, 300);
    const { source } = await simulatedFrames();
    const path = join(folder, `${name}.mcap`);
    const writer = await RecordingWriter.create({ path, info: infoOf(source) });
    // The first second compiles.
    for (const frame of frames.slice(0, 100)) writer.frame(frame);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = process.cpuUsage();
    for (const frame of frames.slice(100)) {
      writer.frame(frame);
      await writer.room();
    }
    await writer.stop();
    const { user, system } = process.cpuUsage(before);
    const perFrame = (user + system) / 200 / 1000;
    const bytes = statSync(path).size / frames.length;
    const raw = PAGES / 8;
    const sample = frames.slice(-20);
    const gzip = sample.reduce((sum, frame) => sum + gzipSync(rawOf(frame)).length, 0) / sample.length;
    console.log(
      `  ${name.padEnd(27)} ${((perFrame * HZ) / 10).toFixed(1)} % of a core   ${kib(bytes)} a frame, ` +
        `${mib(bytes * HZ * 60)} a minute   raw bitmap ${kib(raw)}: ${(raw / bytes).toFixed(1)} times   ` +
        `gzip of it ${kib(gzip)}: ${(gzip / bytes).toFixed(1)} times`,
    );
  }
}

async function makeHour(path: string): Promise<void> {
  const frames = await simulatedFrames('game-loop', 'interval');
  const writer = await RecordingWriter.create({ path, info: infoOf(frames.source) });
  for (let i = 0; i < 3600 * HZ; i++) {
    writer.frame(await frames.next());
    // Timers and the disk need time too.
    if (i % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
    await writer.room();
  }
  await writer.stop();
}

/** In a separate process, so that memory is that of playing alone. */
async function play(path: string): Promise<void> {
  const opened: number[] = [];
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    const source = await RecordingPlayer.open(path);
    opened.push(performance.now() - began);
    await source.close();
  }
  const source = await RecordingPlayer.open(path);
  const { endNs, frames } = source.state();
  const seeks: number[] = [];
  const tiles = new TileSet();
  for (let i = 0; i < 400; i++) {
    const began = performance.now();
    await source.seek(random(2 ** 31) * (endNs / 2 ** 31));
    tiles.clear();
    source.take(tiles);
    seeks.push(performance.now() - began);
  }
  const read: number[] = [];
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    source.history.timeline({ startNs: 0, endNs }, 4096);
    read.push(performance.now() - began);
  }
  await source.seek(0);
  await source.configure({ playing: true, speed: 100 });
  let most = 0;
  const began = performance.now();
  let shown = 0;
  while (source.state().playing) {
    // A thirtieth of a second at a time, as the window plays.
    if (await source.advance(1000 / 30)) {
      tiles.clear();
      source.take(tiles);
      shown++;
    }
    most = Math.max(most, process.memoryUsage().rss);
  }
  const busy = performance.now() - began;
  await source.close();
  console.log(
    `  ${frames} frames, ${mib(statSync(path).size)}: open ${milliseconds(quantile(opened, 0.5))} (first ${milliseconds(opened[0])}), ` +
      `seek p50 ${milliseconds(quantile(seeks, 0.5))} p95 ${milliseconds(quantile(seeks, 0.95))}, ` +
      `timeline of all in 4096 buckets ${milliseconds(quantile(read, 0.5))}`,
  );
  console.log(
    `  played at 100 times: ${shown} pictures, ${((busy / (endNs / 1e6 / 100)) * 100).toFixed(0)} % of the time that it may take, ` +
      `at most ${mib(most)} resident`,
  );
}

const peakMib = (): string =>
  mib(Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024);

/** Opens and seeks, in a separate process; the baseline is reading all of the file. */
async function open(path: string): Promise<void> {
  let began = performance.now();
  const reader = await RecordingReader.open(path);
  const opened = performance.now() - began;
  const { index } = reader;
  const cursor = new FrameCursor(reader);
  const seeks: number[] = [];
  for (let i = 0; i < 200; i++) {
    const at = random(2 ** 31) * (index.endNs / 2 ** 31);
    began = performance.now();
    await cursor.goTo(index.at(at));
    seeks.push(performance.now() - began);
  }
  began = performance.now();
  index.timeline(0, index.endNs, 4096);
  const timeline = performance.now() - began;
  const peak = peakMib();
  began = performance.now();
  readFileSync(path);
  const raw = performance.now() - began;
  console.log(
    `  ${index.frames} frames, ${mib(reader.bytes)}: open ${milliseconds(opened)} (reading the file alone ${milliseconds(raw)}), ` +
      `seek p50 ${milliseconds(quantile(seeks, 0.5))} p95 ${milliseconds(quantile(seeks, 0.95))}, ` +
      `timeline of all ${milliseconds(timeline)}, at most ${peak} resident`,
  );
  await reader.close();
}

/** Exports the frames as Arrow into nothing, in a separate process. */
async function exportArrow(path: string): Promise<void> {
  const reader = await RecordingReader.open(path);
  const before = peakMib();
  const range = { startNs: 0, endNs: Number.MAX_SAFE_INTEGER };
  let bytes = 0;
  const began = performance.now();
  for await (const piece of exporters.arrow(tableOf(reader, 'frames', range, []))) bytes += piece.length;
  const took = performance.now() - began;
  console.log(
    `  exported to ${mib(bytes)} of Arrow in ${(took / 1000).toFixed(1)} s, at most ${peakMib()} resident (${before} when opened)`,
  );
  await reader.close();
}

if (process.argv[2] === 'play') {
  await play(process.argv[3]);
} else if (process.argv[2] === 'open') {
  await open(process.argv[3]);
} else if (process.argv[2] === 'make') {
  await makeLongRecording(process.argv[3], MAX_FRAMES);
} else if (process.argv[2] === 'export') {
  await exportArrow(process.argv[3]);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'recording-bench-'));
  const playApart = (path: string) =>
    spawnSync(process.execPath, [process.argv[1], 'play', path], { stdio: 'inherit' });
  try {
    await recorderCost(folder);
    console.log('playing fifteen seconds of the worst of these');
    playApart(join(folder, 'each page by chance.mcap'));
    const hour = join(folder, 'hour.mcap');
    await makeHour(hour);
    console.log('an hour of the simulated game');
    playApart(hour);
    const long = join(folder, 'long.mcap');
    await makeLongRecording(long, MAX_FRAMES);
    console.log('as many frames as a recording can have: 58 hours at 20 a second');
    for (const what of ['open', 'export'])
      spawnSync(process.execPath, [process.argv[1], what, long], { stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
