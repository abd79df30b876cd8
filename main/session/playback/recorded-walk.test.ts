/** Page tables and causes in recordings: those of a simulated program are what they were when it was recorded. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testBit } from '#shared/memory/bitmap.ts';
import { PAGES_PER_TILE, tileOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { PM_BIT } from '#shared/memory/uapi.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import { RecordingWriter } from '../../recording/recording-writer.ts';
import { RerunParts } from '../../recording/rerun-parts.ts';
import { infoOf, simulatedFrames } from '../../recording/testing/simulated-frames.ts';
import { temporaryFolder } from '../../recording/testing/temporary-folder.ts';
import { ServedWindow } from '../testing/test-window.ts';

const folder = temporaryFolder();
let window: ServedWindow;
let path: string;
beforeEach(() => {
  window = new ServedWindow();
  path = folder.path('walked.mcap');
  rmSync(path, { force: true });
});
afterEach(() => window.close());

const GAME = { kind: 'simulated', workload: 'game-loop', parameters: { textures: 8, entities: 2 }, seed: 3 };

const walk = (page: number): Promise<PageWalk> => window.call('page.walk', { page });
/** What must be the same whenever the program runs; live sources list events instead of the chain. */
const state = ({ steps, pagemap, reason, causes }: PageWalk) => ({ steps, pagemap, reason, causes });

function has(plane: Plane, page: number): boolean {
  const { tiles } = window.state;
  const slot = tiles.find(tileOfPage(page));
  return slot >= 0 && testBit(tiles.words, tiles.offset(slot, plane), page % PAGES_PER_TILE);
}

/** The first page of every run that is present, written or neither, and the page before. */
function somePages(): number[] {
  const pages = [Plane.Present, Plane.Written].flatMap((plane) =>
    window.state.tiles.runs(plane).flatMap(([start, end]) => [start - 1, start, end - 1]),
  );
  return [...new Set(pages)].filter((page) => page >= 0).slice(0, 60);
}

async function sampled(): Promise<void> {
  const { sequence } = window.state;
  await window.call('session.sample', {});
  await window.until(() => window.state.sequence > sequence);
}

/** Plays a paused workload for `steps` steps, a frame each; `note` is called after each frame. */
async function recorded(mode: 'hold' | 'interval', steps: number, note: (step: number) => Promise<void>) {
  await window.call('session.configure', { paused: true, mode });
  await window.call('source.open', GAME);
  // What came before the recording matters for its state.
  for (let step = 0; step < 3; step++) await window.call('source.control', { action: 'step' });
  await window.call('recording.start', { path });
  for (let step = 0; step < steps; step++) {
    await window.call('source.control', { action: 'step' });
    if (step === 4) await window.call('operation.clearRefs', {});
    await sampled();
    await note(step);
  }
  await window.call('recording.stop', {});
}

async function openAt(frame: number): Promise<void> {
  await window.call('playback.seek', { timeNs: 0 });
  if (frame > 0) await window.call('playback.step', { frames: frame });
}

describe('a recording of a workload', () => {
  it('has the page tables of every frame, forward and back', async () => {
    const kept: { frame: number; walks: ReturnType<typeof state>[]; pages: number[] }[] = [];
    await recorded('hold', 10, async () => {
      const pages = somePages();
      const walks: ReturnType<typeof state>[] = [];
      for (const page of pages) walks.push(state(await walk(page)));
      kept.push({ frame: window.state.sequence, walks, pages });
    });
    const first = window.state.sequence;
    const opened = await window.call('source.open', { kind: 'recording', path });
    expect(opened.source?.capabilities.walk).toBe('entries');
    const frames = opened.source?.playback?.frames ?? 0;
    expect(frames).toBeGreaterThanOrEqual(kept.length);
    for (const { frame, walks, pages } of [...kept, kept[2]].reverse()) {
      await openAt(frames - 1 - (first - frame));
      for (const [i, page] of pages.entries()) {
        // Each page whose causes are new begins at the program's start, so not all of them.
        if (i % 12 === 0) expect(state(await walk(page)), `page ${page} of frame ${frame}`).toEqual(walks[i]);
      }
    }
  });

  it('shows what its frame shows, though each sample cleared it, and why', async () => {
    await recorded('interval', 8, () => Promise.resolve());
    const { source } = await window.call('source.open', { kind: 'recording', path });
    const frames = source?.playback?.frames ?? 0;
    // The last frame is of a sample in which nothing ran.
    await openAt(frames - 2);
    await window.until(() => window.state.tiles.count(Plane.Written) > 0);
    const written = window.state.tiles.runs(Plane.Written).map(([start]) => start);
    expect(written.length).toBeGreaterThan(3);
    for (const page of written.slice(0, 4)) {
      const { pagemap, chain } = await walk(page);
      expect(has(Plane.Written, page)).toBe(true);
      expect(((pagemap ?? 0n) >> BigInt(PM_BIT.SOFT_DIRTY)) & 1n).toBe(1n);
      expect(chain?.numbers).toBe('steps');
      expect(chain?.since).toMatch(/^(step \d+|the start), the sample cleared all pages$/);
      expect(chain?.links.map(({ bit }) => bit)).toEqual(expect.arrayContaining(['cleared', 'set']));
      // Three steps before the recording began.
      expect(chain?.links.at(-1)).toMatchObject({ number: 11, call: expect.stringContaining('write 0x') });
    }
    const clean = window.state.tiles.runs(Plane.Present).flatMap(([start, end]) => [start, end - 1]);
    const untouched = clean.find((page) => !has(Plane.Written, page));
    if (untouched === undefined) throw new Error('everything is written');
    expect((await walk(untouched)).reason).toMatch(/^Not written since the last clear/);
  });

  it.each([
    ['actions that are missing', { from: 7, actions: ['step'] }, /: 7 actions are missing\.$/],
    ['more than is kept', { from: 0, actions: [], ends: true }, /its log of actions was cut off\.$/],
    ['another sort of action', { from: 0, actions: ['jump'] }, /an action that cannot be/],
  ])('%s: the walk is refused, and no state is invented', async (_, part, message) => {
    const { source, next } = await simulatedFrames();
    const writer = await RecordingWriter.create({ path, info: { ...infoOf(source), rerun: true } });
    const [program] = new RerunParts(source.rerun ?? { program: '', actions: null }).next();
    writer.rerun(program);
    writer.rerun(JSON.stringify(part));
    writer.frame(await next());
    await writer.stop();
    await window.call('source.open', { kind: 'recording', path });
    await expect(walk(0x400)).rejects.toMatchObject({
      kind: 'damaged-file',
      message: expect.stringMatching(message),
    });
  });
});

describe('a recording of the step player', () => {
  it('has the chain with its sub-steps, operations and accesses included', async () => {
    const scenario = {
      name: 'two pages',
      steps: [
        { op: 'mmap', addr: '0x100000000', len: 16384, prot: 'rw', kind: 'anon-private' },
        { op: 'clear_refs' },
        { op: 'write', addr: '0x100000000', len: 1 },
        { op: 'fork' },
      ],
    };
    const page = 0x100000;
    await window.call('session.configure', { paused: true });
    await window.call('source.open', { kind: 'scenario', name: 'x.json', text: JSON.stringify(scenario) });
    await window.call('recording.start', { path });
    const kept: PageWalk[] = [];
    const moves = [
      () => window.call('steps.move', { to: 'call', call: 2 }),
      () => window.call('steps.access', { page: page + 1, write: true }),
      () => window.call('steps.move', { to: 'next-call' }),
      () => window.call('steps.move', { to: 'end' }),
      () => window.call('steps.move', { to: 'back' }),
      () => window.call('steps.move', { to: 'call', call: 3 }),
    ];
    for (const move of moves) {
      const { sequence } = window.state;
      await move();
      await window.until(() => window.state.sequence > sequence);
      kept.push(await walk(page), await walk(page + 1));
    }
    const last = window.state.sequence;
    await window.call('recording.stop', {});
    const { source } = await window.call('source.open', { kind: 'recording', path });
    const frames = source?.playback?.frames ?? 0;
    expect(last).toBeGreaterThan(0);
    expect(kept.at(-1)?.chain?.links.length).toBeGreaterThan(0);
    await openAt(frames - 1);
    expect([await walk(page), await walk(page + 1)]).toEqual(kept.slice(-2));
    await window.call('playback.step', { frames: -(frames - 1) });
    expect([await walk(page), await walk(page + 1)]).toEqual(kept.slice(0, 2));
  });
});
