/** Recordings that cannot be finished (process killed, disk full, no permission), and those that are still being written. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { InspectorError } from '#shared/contract/errors.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { FrameCursor } from './frame-cursor.ts';
import { RecordingPlayer } from '../session/playback/recording-player.ts';
import { recover } from './recover.ts';
import { RecordingReader } from './recording-reader.ts';
import { RecordingWriter } from './recording-writer.ts';
import { infoOf, simulatedFrames } from './testing/simulated-frames.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const folder = temporaryFolder();
let scripts: BuiltScripts;
beforeAll(async () => {
  scripts = await buildScripts('recording/testing/record-until-killed.ts');
});

/** Records in a separate process; kills it `after` milliseconds. @returns frames given to the writer a second before */
async function killedAfter(path: string, after: number): Promise<{ safe: number }> {
  const child = spawn(process.execPath, [scripts.path('record-until-killed'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Each line: how many frames there are so far.
  const acknowledged: { at: number; frames: number }[] = [];
  let text = '';
  let begun: (() => void) | null = null;
  const begin = new Promise<void>((resolve) => (begun = resolve));
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const [at, frames] = line.split(' ').map(Number);
      acknowledged.push({ at, frames });
    }
    // Measured by its own clock: on a busy machine it may have to wait.
    if ((acknowledged.at(-1)?.at ?? 0) - (acknowledged.at(0)?.at ?? 0) >= after) begun?.();
  });
  const gone = new Promise((resolve) => child.once('close', resolve));
  await begin;
  child.kill('SIGKILL');
  await gone;
  // By the child's own clock, which is the machine's: what was recorded a second before its last word.
  const last = acknowledged.at(-1)?.at ?? 0;
  const safe = Math.max(0, ...acknowledged.filter(({ at }) => at <= last - 1000).map(({ frames }) => frames));
  return { safe };
}

async function shows(reader: RecordingReader): Promise<void> {
  const cursor = new FrameCursor(reader);
  await cursor.goTo(0);
  await cursor.advanceTo(reader.index.frames - 1, new TileSet());
  expect(cursor.frame).toBe(reader.index.frames - 1);
}

describe('a recorder that is killed', () => {
  it('leaves everything up to the last second, whenever that is', async () => {
    // Covers every position in a chunk.
    const times = [1100, 1233, 1367, 1500, 1633, 1767, 1900, 2033];
    const killed = times.map(async (after) => {
      const path = folder.path(`${after}.mcap`);
      return { path, ...(await killedAfter(path, after)) };
    });
    for (const { path, safe } of await Promise.all(killed)) {
      const reader = await RecordingReader.open(path);
      expect(reader.index.frames).toBeGreaterThanOrEqual(safe);
      expect(reader.index.frames).toBeGreaterThan(0);
      await shows(reader);
      const { frames } = reader.index;
      await reader.close();
      const saved = await recover(path, `${path}.recovered`);
      expect(saved).toMatchObject({ frames, lost: 0 });
      const whole = await RecordingReader.open(saved.path);
      expect(whole.damage).toBeNull();
      await shows(whole);
      await whole.close();
    }
  });
});

/** Runs `use` with a tiny file system in memory. */
async function withTinyDisk(kib: number, use: (mount: string) => Promise<void>): Promise<void> {
  const mount = folder.path('disk');
  mkdirSync(mount);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', mount]);
  try {
    await use(mount);
  } finally {
    execFileSync('umount', [mount]);
  }
}

// Only root may mount.
describe.runIf(process.geteuid?.() === 0)('a disk that is full', () => {
  it.each([96, 128, 260])(
    'of %i KiB ends the recording with an error, and the file is closed properly',
    (kib) =>
      withTinyDisk(kib, async (mount) => {
        const frames = await simulatedFrames('database', 'interval');
        let problem: InspectorError | null | undefined;
        const path = `${mount}/a.mcap`;
        const writer = await RecordingWriter.create({
          path,
          info: infoOf(frames.source),
          onEnd: (reason) => (problem = reason),
        });
        for (let i = 0; problem === undefined && i < 100_000; i++) {
          writer.frame(await frames.next());
          if (i % 20 === 0) await sleep(1);
        }
        expect(problem).toMatchObject({ kind: 'io' });
        expect(problem?.message).toContain('full');
        const reader = await RecordingReader.open(path);
        expect(reader.damage).toBeNull();
        expect(reader.index.frames).toBeGreaterThan(15);
        await shows(reader);
        await reader.close();
        await expect(writer.stop()).rejects.toMatchObject({ kind: 'io' });
      }),
  );
});

describe('a size that is asked for', () => {
  it('is not passed', async () => {
    const frames = await simulatedFrames('database', 'interval');
    const path = folder.path('a.mcap');
    let over = false;
    const writer = await RecordingWriter.create({
      path,
      info: infoOf(frames.source),
      maxBytes: 300_000,
      onEnd: () => (over = true),
    });
    for (let i = 0; !over && i < 100_000; i++) {
      writer.frame(await frames.next());
      if (i % 20 === 0) await sleep(1);
    }
    expect(over).toBe(true);
    expect(statSync(path).size).toBeLessThanOrEqual(300_000);
    expect(statSync(path).size).toBeGreaterThan(150_000);
    const reader = await RecordingReader.open(path);
    expect(reader.damage).toBeNull();
    await reader.close();
  });
});

describe('a place where nothing may be written', () => {
  it('is reported before anything is recorded', async () => {
    const { source } = await simulatedFrames();
    const info = infoOf(source);
    const create = (path: string) => RecordingWriter.create({ path, info });
    writeFileSync(folder.path('file'), '');
    await expect(create(folder.path('none/a.mcap'))).rejects.toMatchObject({ kind: 'io' });
    await expect(create(folder.path('file/a.mcap'))).rejects.toMatchObject({ kind: 'io' });
    await expect(create('/proc/a.mcap')).rejects.toMatchObject({ kind: 'io' });
    if (process.geteuid?.() !== 0) {
      mkdirSync(folder.path('closed'));
      chmodSync(folder.path('closed'), 0o500);
      await expect(create(folder.path('closed/a.mcap'))).rejects.toMatchObject({ kind: 'io' });
    }
  });
});

describe('a recording that is still written', () => {
  it('plays what there is, grows, and is whole when it is', async () => {
    const path = folder.path('a.mcap');
    const frames = await simulatedFrames();
    const writer = await RecordingWriter.create({ path, info: infoOf(frames.source) });
    for (let i = 0; i < 40; i++) writer.frame(await frames.next());
    while (statSync(path).size < 4096) await sleep(5);
    const player = await RecordingPlayer.open(path);
    const before = player.state();
    expect(before).toMatchObject({ growing: true, damage: null });
    const grown = new Promise<void>((resolve) => {
      player.listen({
        changed: () => {
          if (player.state().frames > before.frames) resolve();
        },
        notice: () => undefined,
      });
    });
    for (let i = 0; i < 40; i++) writer.frame(await frames.next());
    await grown;
    // A renamed or removed file stays readable for processes that have it open.
    renameSync(path, `${path}.moved`);
    await writer.stop();
    while (player.state().growing) await sleep(20);
    expect(player.state()).toMatchObject({ frames: 80, damage: null });
    rmSync(`${path}.moved`);
    await player.seek(player.state().endNs);
    expect(player.position().frame).toBe(79);
    await player.close();
    expect(existsSync(path)).toBe(false);
  });

  it('that is cut while it plays is reported as damaged, and what is before the cut stays playable', async () => {
    const path = folder.path('a.mcap');
    const frames = await simulatedFrames();
    const writer = await RecordingWriter.create({ path, info: infoOf(frames.source) });
    for (let i = 0; i < 200; i++) writer.frame(await frames.next());
    await writer.stop();
    const player = await RecordingPlayer.open(path);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length / 2));
    await expect(player.seek(player.state().endNs)).rejects.toMatchObject({ kind: 'damaged-file' });
    await player.seek(0);
    expect(player.position().frame).toBe(0);
    await player.close();
  });
});
