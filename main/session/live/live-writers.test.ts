/** Writers as a window sees them: of a real program with known functions, live and from its recording. */
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WritersReply } from '#shared/contract/writers.ts';
import { NativeSource } from '../../native/native-source.ts';
import { build } from '../../native/testing/built-program.ts';
import { type Compiled, Conversation } from '../../native/testing/c-program.ts';
import { temporaryFolder } from '../../recording/testing/temporary-folder.ts';
import { openHere, ServedWindow } from '../testing/test-window.ts';

const PAGES = 64;
const FUNCTIONS = ['move_player', 'stream_audio', 'step', 'set_particle'];
const ALL_TIME = { startNs: 0, endNs: Number.MAX_SAFE_INTEGER };
const folder = temporaryFolder();
let compiled: Compiled;
let program: Conversation;
let window: ServedWindow;
beforeAll(() => {
  compiled = build('c++', 'main/native/writers/testing/known-writers.cc', '-g', '-O2', '-pthread');
});
afterAll(() => compiled.remove());
afterEach(async () => {
  await window.close();
  await program.kill();
});

const openNative = () =>
  new ServedWindow((what) =>
    what.kind === 'native'
      ? NativeSource.attach(what.pid, { backend: 'write-protect', exact: true })
      : openHere(what),
  );

/** By thread: function, pages and writes; the wrong ones are left as they are. */
const byThread = ({ rows, places }: WritersReply) =>
  new Map(rows.map(({ tid, place, pages, writes }) => [tid, [places[place].function, pages, writes]]));

describe('writers of a live session', () => {
  it('are each function in its thread with its pages, live and in the recording', async () => {
    program = new Conversation(compiled.path);
    const [base, ...tids] = (await program.line()).split(' ').map(Number);
    const start = base / 4096;
    const range = { start, end: start + PAGES };
    window = openNative();
    await window.call('source.open', { kind: 'native', pid: program.pid, mode: 'interval' });
    await window.call('session.configure', { paused: true, mode: 'interval' });
    const { source } = await window.call('session.state', {});
    expect(source?.capabilities.writers).toBe(true);
    await window.call('session.sample', {});
    const path = folder.path('writers.mcap');
    await window.call('recording.start', { path });
    const state = await window.call('writers.watch', { range, stacks: true });
    expect(state).toEqual({ watched: { ...range, stacks: true }, writes: 0, ended: null, limitation: null });
    const rounds = 10;
    for (let round = 0; round < rounds; round++) {
      await program.ask('run 1');
      await window.call('session.sample', {});
    }
    const read = { range: null, time: ALL_TIME, owners: true };
    const reply = await window.call('writers.read', read);
    const own = Array.from({ length: 4 }, (_, i) => [
      tids[i],
      [expect.stringContaining(FUNCTIONS[i]), PAGES / 4, (rounds * PAGES) / 4],
    ]);
    expect([...byThread(reply)].sort()).toEqual(own.sort());
    expect(reply).toMatchObject({ writes: rounds * PAGES, intervals: rounds, lost: 0, omitted: 0 });
    for (const { place, stacks, thread } of reply.rows) {
      expect(reply.places[place].file).toMatch(/known-writers\.cc$/);
      expect(thread).toBe('program');
      for (const { frames } of stacks)
        expect(frames.map((index) => reply.places[index].function)).toContainEqual(
          expect.stringMatching(/^thread/),
        );
    }
    // Page i is written by thread i % 4.
    expect(reply.owners).toHaveLength(3 * PAGES);
    for (let i = 0; i < PAGES; i++) {
      expect([...reply.owners.slice(3 * i, 3 * i + 2)]).toEqual([start + i, 1]);
      expect(reply.rows[reply.owners[3 * i + 2]].tid).toBe(tids[i % 4]);
    }
    const one = await window.call('writers.read', { ...read, range: { start: start + 5, end: start + 6 } });
    expect([...byThread(one)]).toEqual([[tids[1], [expect.stringContaining('stream_audio'), 1, rounds]]]);

    await window.until(() => window.events('writers.state').at(-1)?.writes === rounds * PAGES);
    expect(await window.call('writers.stop', {})).toMatchObject({ watched: null, writes: rounds * PAGES });
    await program.ask('run 1');
    await window.call('session.sample', {});
    expect((await window.call('writers.read', read)).writes).toBe(rounds * PAGES);
    await window.call('recording.stop', {});

    await window.call('source.open', { kind: 'recording', path });
    const recorded = await window.call('writers.read', read);
    const untimed = (of: WritersReply) => ({ ...of, rows: of.rows.map((row) => ({ ...row, lastNs: 0 })) });
    expect(untimed(recorded)).toEqual(untimed(reply));
    await expect(window.call('writers.watch', { range, stacks: false })).rejects.toMatchObject({
      kind: 'unsupported',
    });
  });

  it('end with the program, which is reported', async () => {
    program = new Conversation(compiled.path);
    const start = Number((await program.line()).split(' ')[0]) / 4096;
    window = openNative();
    await window.call('source.open', { kind: 'native', pid: program.pid });
    await window.call('writers.watch', { range: { start, end: start + PAGES }, stacks: false });
    await program.kill();
    await window.until(() => window.events('writers.state').some(({ ended }) => ended !== null));
    expect(window.events('writers.state').at(-1)).toMatchObject({
      watched: null,
      ended: 'The program ended.',
    });
    await setImmediate();
    expect(await window.call('writers.state', {})).toMatchObject({ watched: null });
  });

  it('are refused if the source cannot find them', async () => {
    program = new Conversation(compiled.path);
    window = openNative();
    await window.call('source.open', { kind: 'simulated', workload: 'game-loop', parameters: {}, seed: 1 });
    expect((await window.call('session.state', {})).source?.capabilities.writers).toBeUndefined();
    await expect(
      window.call('writers.watch', { range: { start: 1, end: 2 }, stacks: false }),
    ).rejects.toMatchObject({ kind: 'unsupported' });
    for (const range of [
      { start: 2, end: 2 },
      { start: -1, end: 2 },
      { start: 0, end: 2 ** 30 },
    ])
      await expect(window.call('writers.watch', { range, stacks: false })).rejects.toMatchObject({
        kind: 'bad-request',
      });
  });
});
