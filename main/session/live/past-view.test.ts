/** A live session whose window shows the past, over a real message channel, with the real simulated source. */
import { afterEach, describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import type { TileSet } from '#shared/memory/tile-set.ts';
import { ServedWindow } from '../testing/test-window.ts';

const game = { kind: 'simulated', workload: 'game-loop', parameters: {}, seed: 5 };
const windows: ServedWindow[] = [];
afterEach(async () => {
  await Promise.all(windows.splice(0).map((window) => window.close()));
});

interface Seen {
  readonly time: number;
  readonly pictures: string;
}

const pictureOf = (tiles: TileSet): string =>
  JSON.stringify([Plane.Written, Plane.Present, Plane.Fresh, Plane.Huge].map((plane) => tiles.runs(plane)));

/** Resolves when the window shows what the session has to show. */
const caughtUp = (window: ServedWindow): Promise<void> =>
  window.until(() => window.state.sequence === window.served.session.keyFrame()?.sequence);

/** Opens the program, and takes samples one by one; what the window showed at each. */
async function watched(mode: string, samples: number): Promise<{ window: ServedWindow; seen: Seen[] }> {
  const window = new ServedWindow();
  windows.push(window);
  await window.call('source.open', game);
  await window.call('session.configure', { mode, paused: true });
  const seen: Seen[] = [];
  for (let i = 0; i < samples; i++) {
    await window.call('source.control', { action: 'step' });
    await caughtUp(window);
    seen.push({ time: window.state.time, pictures: pictureOf(window.state.tiles) });
  }
  return { window, seen };
}

describe('the past of a live session', () => {
  it.each(['hold', 'interval'])('is shown unchanged, in mode %s, and the present again', async (mode) => {
    const { window, seen } = await watched(mode, 60);
    const latest = seen[59];
    for (const i of [3, 41, 40, 7, 58]) {
      const reply = await window.call('playback.seek', { timeNs: Math.round(seen[i].time * 1e6) + 1000 });
      await window.until(() => Math.abs(window.state.time - seen[i].time) < 1e-3);
      expect(pictureOf(window.state.tiles)).toBe(seen[i].pictures);
      expect(reply).toMatchObject({ live: false, timeNs: Math.round(seen[i].time * 1e6) });
    }
    for (const [frames, expected] of [
      [-1, 57],
      [-4, 53],
      [2, 55],
    ]) {
      const reply = await window.call('playback.step', { frames });
      await window.until(() => Math.abs(window.state.time - seen[expected].time) < 1e-3);
      expect(reply.timeNs).toBe(Math.round(seen[expected].time * 1e6));
      expect(pictureOf(window.state.tiles)).toBe(seen[expected].pictures);
    }
    expect(await window.call('playback.seek', { timeNs: null })).toMatchObject({ live: true });
    await window.until(() => window.state.time === latest.time);
    expect(pictureOf(window.state.tiles)).toBe(latest.pictures);
  });

  it('stays shown while sampling continues, as history and statistics show', async () => {
    const { window, seen } = await watched('interval', 10);
    await window.call('playback.seek', { timeNs: Math.round(seen[4].time * 1e6) });
    await window.until(() => Math.abs(window.state.time - seen[4].time) < 1e-3);
    await window.call('session.configure', { paused: false, hz: 60 });
    const all = { startNs: 0, endNs: Number.MAX_SAFE_INTEGER, buckets: 1 };
    const sampled = async (): Promise<number> => (await window.call('timeline.read', all)).frames[0];
    const before = await sampled();
    while ((await sampled()) < before + 10);
    expect(window.state.time).toBeCloseTo(seen[4].time, 3);
    // After the last frame comes the present.
    await window.call('playback.seek', { timeNs: Number.MAX_SAFE_INTEGER });
    await window.call('session.configure', { paused: true });
    while (!(await window.call('playback.step', { frames: 1000 })).live);
    await window.until(() => window.state.time > seen[9].time);
  });

  it('is left for what is done to the program; page tables are read in the present alone', async () => {
    const { window, seen } = await watched('hold', 10);
    await window.call('playback.seek', { timeNs: Math.round(seen[4].time * 1e6) });
    await expect(window.call('page.walk', { page: 1 })).rejects.toMatchObject({
      kind: 'unsupported',
      remedy: 'Return to live.',
    });
    await window.call('operation.clearRefs', {});
    expect(window.events('playback.position').at(-1)).toMatchObject({ live: true });
    await caughtUp(window);
    expect(window.state.time).toBeGreaterThan(seen[9].time);
    expect(window.state.tiles.count(Plane.Written)).toBe(0);
    await window.call('page.walk', { page: 1 });
  });

  it('is refused with the reason if there was no sample', async () => {
    const { window } = await watched('hold', 3);
    const before = window.state.time;
    await expect(window.call('playback.seek', { timeNs: 0 })).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringMatching(/cannot be shown: the first sample is at \d/) as string,
    });
    expect(window.state.time).toBe(before);
  });
});
