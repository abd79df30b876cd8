/** Recordings of an engine elsewhere to files at the window's end of the link. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FrameCursor } from '../recording/frame-cursor.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { loadZstd } from '../recording/zstd.ts';
import { temporaryFolder } from '../recording/testing/temporary-folder.ts';
import { LinkedWindow } from './testing/linked-window.ts';

const folder = temporaryFolder();
const windows: LinkedWindow[] = [];
beforeAll(loadZstd);
beforeEach(() => vi.stubEnv('XDG_DATA_HOME', folder.path('data')));
afterEach(async () => {
  for (const window of windows.splice(0)) await window.close();
  vi.unstubAllEnvs();
});

const GAME = { kind: 'simulated', workload: 'game-loop', parameters: { textures: 8 }, seed: 1 } as const;

async function openWindow(): Promise<LinkedWindow> {
  const window = new LinkedWindow();
  windows.push(window);
  await window.call('source.open', GAME);
  await window.call('session.configure', { mode: 'interval', hz: 60 });
  return window;
}

/** Starts a recording to `path`, as the window does after a dialog. */
function record(window: LinkedWindow, path: string): Promise<{ path: string }> {
  const permits = window.permit({ kind: 'write', path });
  return window.call('recording.start', { path, here: true }, permits);
}

const recordsFrames = (window: LinkedWindow, frames: number): Promise<void> =>
  window.until(() => (window.events('recording.progress').at(-1)?.frames ?? 0) >= frames);

/** Frames that have arrived in the file. */
async function framesOf(path: string): Promise<number> {
  try {
    const reader = await RecordingReader.open(path);
    const { frames } = reader.index;
    await reader.close();
    return frames;
  } catch {
    // Not one so far.
    return 0;
  }
}

/** Frames of the file that can be shown, all of which are. */
async function shown(path: string) {
  const reader = await RecordingReader.open(path);
  const cursor = new FrameCursor(reader);
  for (let frame = 0; frame < reader.index.frames; frame++) await cursor.goTo(frame);
  const { damageNow: damage } = reader;
  const { frames } = reader.index;
  await reader.close();
  return { frames, damage };
}

describe('a recording here of an engine elsewhere', () => {
  it('is a file of this machine with every frame, complete once it is stopped', async () => {
    const window = await openWindow();
    const path = folder.path('here.mcap');
    expect(await record(window, path)).toEqual({ path });
    expect(await window.call('session.state', {})).toMatchObject({ recording: { path } });
    await recordsFrames(window, 20);
    await window.call('mark.add', { note: 'here', colour: 'green', timeNs: null });
    const result = await window.call('recording.stop', {});
    expect(result).toMatchObject({ path, bytes: statSync(path).size });
    expect(await shown(path)).toEqual({ frames: result.frames, damage: null });
    // Another one follows.
    const next = folder.path('next.mcap');
    await record(window, next);
    await window.call('recording.stop', {});
    expect((await shown(next)).damage).toBeNull();
  });

  it('without a path is in the user’s folder of recordings, named after the program', async () => {
    const window = await openWindow();
    const { path } = await window.call('recording.start', { path: null, here: true });
    expect(path).toMatch(/\/soft-dirty-inspector\/recordings\/Game.* \d{4}-\d\d-\d\d .*\.mcap$/i);
    const result = await window.call('recording.stop', {});
    expect(statSync(path).size).toBe(result.bytes);
    execFileSync('rm', [path]);
  });

  it('needs the permit for this machine, and replaces no file', async () => {
    const window = await openWindow();
    const path = folder.path('refused.mcap');
    const refused = { kind: 'not-permitted' };
    await expect(window.call('recording.start', { path, here: true })).rejects.toMatchObject(refused);
    const other = window.permit({ kind: 'write', path: folder.path('other.mcap') });
    await expect(window.call('recording.start', { path, here: true }, other)).rejects.toMatchObject(refused);
    // A page cannot take the place of the link's end.
    const linked = window.call('recording.start', { path, linked: path });
    await expect(linked).rejects.toMatchObject(refused);
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, 'mine');
    await expect(record(window, path)).rejects.toMatchObject({ kind: 'io' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  it('leaves no file if the engine records nothing', async () => {
    const window = await openWindow();
    await window.call('source.close', {});
    const path = folder.path('nothing.mcap');
    await expect(record(window, path)).rejects.toMatchObject({ kind: 'no-source' });
    while (existsSync(path)) await sleep(10);
  });

  it('is complete if the window is closed meanwhile', async () => {
    const window = await openWindow();
    const path = folder.path('closed.mcap');
    await record(window, path);
    await recordsFrames(window, 5);
    await window.close();
    const { frames, damage } = await shown(path);
    expect(frames).toBeGreaterThanOrEqual(5);
    expect(damage).toBeNull();
  });

  it('can be read up to the end of a link that breaks', async () => {
    const window = await openWindow();
    const path = folder.path('broken.mcap');
    await record(window, path);
    await recordsFrames(window, 5);
    while ((await framesOf(path)) === 0) await sleep(10);
    window.fromEngine.destroy();
    await window.closed;
    const { frames, damage } = await shown(path);
    expect(frames).toBeGreaterThan(0);
    expect(damage).not.toBeNull();
  });

  it('fetches one that was made there, and nothing else', async () => {
    const window = await openWindow();
    const there = folder.path('there.mcap');
    await window.call('recording.start', { path: there });
    await recordsFrames(window, 10);
    const { bytes } = await window.call('recording.stop', {});
    const fetched = await window.call('recording.fetch', { path: there });
    expect(fetched.bytes).toBe(bytes);
    expect(fetched.path).toMatch(/\/recordings\/there \d{4}-.*\.mcap$/);
    expect(readFileSync(fetched.path).equals(readFileSync(there))).toBe(true);
    expect(window.events('recording.fetched').at(-1)).toEqual({ bytes, total: bytes });
    execFileSync('rm', [fetched.path]);
    expect(window.events('source.notice')).toEqual([]);
    const secret = folder.path('secret.mcap');
    writeFileSync(secret, 'no recording');
    const refused = window.call('recording.fetch', { path: secret });
    await expect(refused).rejects.toMatchObject({ kind: 'damaged-file' });
    const left = () => readdirSync(dirname(fetched.path)).filter((name) => name.startsWith('secret '));
    while (left().length > 0) await sleep(10);
  });

  it('fetches one that is still being written, and reports where the copy ends', async () => {
    const window = await openWindow();
    const there = folder.path('growing.mcap');
    await window.call('recording.start', { path: there });
    // Chunks are written once a second.
    while ((await framesOf(there)) === 0) await sleep(10);
    const fetched = await window.call('recording.fetch', { path: there });
    const copy = await RecordingReader.open(fetched.path);
    const seconds = (copy.index.endNs / 1e9).toFixed(1);
    await copy.close();
    expect(window.events('source.notice').map(({ message }) => message)).toEqual([
      `${there} is still being written: the copy ends at ${seconds} s. Fetch it again when it is complete.`,
    ]);
    await window.call('recording.stop', {});
    execFileSync('rm', [fetched.path]);
  });

  it.runIf(process.geteuid?.() === 0)('ends with an error if the disk here is full', async () => {
    const disk = folder.path('disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48k', 'tmpfs', disk]);
    try {
      const window = await openWindow();
      const path = `${disk}/a.mcap`;
      await record(window, path);
      await window.until(() => window.events('session.problem').length > 0);
      expect(window.events('session.problem')[0]).toMatchObject({ kind: 'io' });
      expect(window.events('session.problem')[0]?.message).toContain('full');
      const { frames, damage } = await shown(path);
      expect(frames).toBeGreaterThan(5);
      expect(damage).toBeNull();
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
