/** Triggers on real programs: what they do, once or each time, and within which bounds. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import type { NewTrigger } from '#shared/contract/trigger.ts';
import { MMAP, SYS } from '../../native/syscalls/constants.ts';
import { type BuiltScripts, buildScripts } from '../../native/testing/built-scripts.ts';
import { type Compiled, compile, Conversation } from '../../native/testing/c-program.ts';
import { marks as processFacts } from '../../native/testing/marks.ts';
import { Target } from '../../native/testing/target.ts';
import { openAnySource } from '../../open-sources.ts';
import { RecordingReader } from '../../recording/recording-reader.ts';
import { temporaryFolder } from '../../recording/testing/temporary-folder.ts';
import { AttachOnly } from '../../link/attach-only.ts';
import { NoCommands } from '../../link/no-commands.ts';
import { EVERYTHING_PERMITTED, SignedPermits, signPermit } from '../server/permits.ts';
import { ServedWindow } from '../testing/test-window.ts';

const PAGES = 64;
const folder = temporaryFolder();
let scripts: BuiltScripts;
let words: Compiled;
let window: ServedWindow;
let target: Target;
const targets: Target[] = [];
let start: number;
beforeAll(async () => {
  scripts = await buildScripts('native/testing/test-target.ts');
  words = compile('main/native/watchpoint/testing/word-writers.c', '-g', '-O0', '-pthread');
});
afterAll(() => words.remove());
beforeEach(() => vi.stubEnv('XDG_DATA_HOME', folder.path('data')));
afterEach(async () => {
  vi.unstubAllEnvs();
  await window.close();
  for (const one of targets.splice(0)) await one.kill();
});

/** A real program with memory of its own that is sampled when `sample` is called. */
async function open(mode: 'hold' | 'interval' = 'interval'): Promise<void> {
  target = await Target.start(scripts.path('test-target'));
  targets.push(target);
  start = await target.map(PAGES);
  await write(0, PAGES);
  window = new ServedWindow(openAnySource);
  await window.call('source.open', { kind: 'native', pid: target.pid, mode, exact: true });
  await window.call('session.configure', { paused: true });
  await sample();
}
const write = (first: number, pages: number) =>
  target.send({ op: 'fill', page: start + first, count: pages });
const sample = () => window.call('session.sample', {});
const memory = (first: number, pages: number) => ({ start: start + first, end: start + first + pages });
const add = (condition: unknown, action: unknown, each = false, permits?: string[]) =>
  window.call('trigger.add', { condition, action, each }, permits);
const only = async () => (await window.call('triggers.list', {})).triggers[0];
const notes = async () => (await window.call('marks.list', {})).marks.map(({ note }) => note);
const file = (ending: string) => {
  const place = folder.path('data/soft-dirty-inspector/recordings');
  const found = existsSync(place) ? readdirSync(place).filter((name) => name.endsWith(ending)) : [];
  return found.length === 1 ? `${place}/${found[0]}` : null;
};

describe('triggers on a real program', () => {
  it('marks the sample in which a page of the range is written: once, and once more when enabled again', async () => {
    await open();
    const { id } = await add({ kind: 'written', memory: memory(4, 4) }, { kind: 'mark', note: 'hit' });
    await write(0, 4);
    await write(8, 4);
    await sample();
    expect(await notes()).toEqual([]);
    await write(7, 1);
    await sample();
    await write(7, 1);
    await sample();
    expect(await notes()).toEqual(['hit']);
    expect(await only()).toMatchObject({ enabled: false, met: 1, acted: 1, withheld: 0, problem: null });
    await window.call('trigger.enable', { id, enabled: true });
    await write(5, 1);
    await sample();
    expect(await notes()).toEqual(['hit', 'hit']);
    const [, at] = (await window.call('marks.list', {})).marks;
    expect((await only()).lastNs).toBe(at.timeNs);
    expect(window.events('trigger.acted').map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^Trigger 0x[0-9a-f]+\+0x4000 written -> mark hit: 1 page from 0x/),
    );
    await window.call('trigger.remove', { id });
    expect(await only()).toBeUndefined();
  });

  it('counts only new writes if samples clear nothing', async () => {
    await open('hold');
    await add({ kind: 'pages', memory: memory(0, 32), atLeast: 8 }, { kind: 'mark', note: 'eight' }, true);
    await write(0, 7);
    await sample();
    await write(0, 10);
    await sample();
    await write(40, 20);
    await sample();
    expect(await notes()).toEqual([]);
    await write(8, 10);
    await sample();
    expect(await notes()).toEqual(['eight']);
  });

  it('counts the mappings of a name as they are at each sample, and all of the program', async () => {
    await open();
    const of = { kind: 'pages', atLeast: PAGES } as const;
    await add({ ...of, memory: { mapping: '[heap]' }, atLeast: 1 }, { kind: 'mark', note: 'heap' });
    await add({ ...of, memory: { mapping: 'nothing' }, atLeast: 1 }, { kind: 'mark', note: 'nothing' });
    await add({ ...of, memory: null }, { kind: 'mark', note: 'all' });
    await write(0, PAGES);
    await sample();
    expect(await notes()).toContain('all');
    expect(await notes()).not.toContain('nothing');
  });

  it('reports once that its memory is not mapped, and acts when it is', async () => {
    await open();
    // A program that starts has a second to map it.
    await sleep(1000);
    // Far below the mappings that the kernel places.
    const free = 2 ** 32;
    const unmapped = { start: free, end: free + 1 };
    await add({ kind: 'written', memory: { mapping: '[anon:none]' } }, { kind: 'mark', note: 'named' });
    await add({ kind: 'written', memory: unmapped }, { kind: 'mark', note: 'there' });
    await add({ kind: 'written', memory: memory(0, 1) }, { kind: 'mark', note: 'mapped' });
    await sample();
    await sample();
    const messages = () => window.events('trigger.acted').map(({ message }) => message);
    expect(messages()).toEqual([
      expect.stringContaining('[anon:none] written -> mark named: no mapping has this name now;'),
      expect.stringContaining('-> mark there: nothing is mapped there now;'),
    ]);
    const { PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MAP_FIXED } = MMAP;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    await target.call(SYS.mmap, free * PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
    await target.fill(free, 1);
    await sample();
    expect(await notes()).toEqual(['there']);
  });

  it('reports each of several that act in one sample', async () => {
    await open();
    for (const note of ['one', 'two'])
      await add({ kind: 'written', memory: memory(0, 1) }, { kind: 'mark', note });
    await write(0, 1);
    await sample();
    const messages = window.events('trigger.acted').map(({ message }) => message);
    expect(messages).toEqual([
      expect.stringContaining('-> mark one'),
      expect.stringContaining('-> mark two'),
    ]);
  });

  it('pauses the program in the sample that meets it, and it can be resumed', async () => {
    await open();
    await add({ kind: 'written', memory: memory(0, 1) }, { kind: 'pause' });
    await sample();
    // Attaching can still stop it for a moment.
    await expect.poll(() => processFacts(target.pid).state).not.toMatch(/t/i);
    await write(0, 1);
    await sample();
    expect(processFacts(target.pid).state).toMatch(/t/i);
    expect(await only()).toMatchObject({ acted: 1, result: 'The program is paused.' });
    await window.call('source.control', { action: 'continue' });
    expect(await write(0, 1)).toBe(0);
  });

  it('keeps the contents of pages in a file of its own, readable by its owner alone', async () => {
    await open();
    await add({ kind: 'written', memory: memory(0, 1) }, { kind: 'snapshot', range: memory(0, 2) });
    await write(0, 2);
    await sample();
    const path = file('.bin') ?? '';
    const { bytes } = await window.call('page.bytes', { page: start, pages: 2 });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toMatchObject({ pages: 2, file: path });
    expect((await only()).result).toContain(path);
  });

  it('saves the frames that are kept as a recording, with what happened in their time', async () => {
    await open();
    await add({ kind: 'written', memory: memory(50, 1) }, { kind: 'save' });
    const rounds = 45;
    for (let i = 0; i < rounds; i++) {
      await write(i, 1);
      await sample();
    }
    await window.call('mark.add', { timeNs: null, note: 'before', colour: 'blue' });
    await write(50, 1);
    await sample();
    await vi.waitFor(
      async () =>
        expect(await only()).toMatchObject({
          problem: null,
          result: expect.stringContaining('frames are in'),
        }),
      30_000,
    );
    const path = file('.mcap') ?? '';
    expect((await only()).result).toContain(path);
    const reader = await RecordingReader.open(path);
    expect(reader.damage).toBeNull();
    expect(reader.marks.map(({ note }) => note)).toEqual(['before', expect.stringMatching(/-> save$/)]);
    await reader.close();
    // Each frame of the file is the session's.
    await window.call('source.open', { kind: 'recording', path });
    const { source } = await window.call('session.configure', { paused: true });
    const shown: number[][] = [];
    for (let i = 0; i < (source?.playback?.frames ?? 0); i++) {
      const { timeNs } = await (i === 0
        ? window.call('playback.seek', { timeNs: 0 })
        : window.call('playback.step', { frames: 1 }));
      await window.until(() => Math.abs(window.state.time - timeNs / 1e6) < 1e-3);
      const own = Array.from({ length: PAGES }, (_, page) => page);
      const pages = own.filter((page) => window.state.tiles.test(Plane.Written, start + page));
      if (pages.length > 0) shown.push(pages);
    }
    expect(shown).toEqual([...Array.from({ length: rounds }, (_, i) => [i]), [50]]);
  });

  it('ends the recording', async () => {
    await open();
    const path = folder.path('r.mcap');
    await window.call('recording.start', { path });
    await add({ kind: 'written', memory: memory(0, 1) }, { kind: 'stop-recording' });
    await sample();
    expect((await window.call('session.state', {})).recording?.path).toBe(path);
    await write(0, 1);
    await sample();
    expect((await window.call('session.state', {})).recording).toBeNull();
    const reader = await RecordingReader.open(path);
    expect(reader.damage).toBeNull();
    await reader.close();
    // Without a recording it fails, which is kept with the trigger.
    await window.call('trigger.enable', { id: (await only()).id, enabled: true });
    await write(0, 1);
    await sample();
    expect((await only()).problem).toContain('Nothing is being recorded.');
  });

  it('runs a command that knows the page and the program; each time, but not more often than once a second', async () => {
    await open();
    const out = folder.path('ran');
    const command = `echo "$SOFT_DIRTY_PID $SOFT_DIRTY_PAGE $SOFT_DIRTY_PAGES" >> '${out}'`;
    await add({ kind: 'written', memory: memory(0, 8) }, { kind: 'run', command }, true);
    let rounds = 0;
    do {
      await write(3, 2);
      await sample();
      rounds++;
    } while ((await only()).withheld === 0);
    await vi.waitFor(async () => expect((await only()).result).toBe('The command succeeded.'), 30_000);
    const { met, acted, withheld, enabled } = await only();
    expect([met, acted + withheld, enabled]).toEqual([rounds, rounds, true]);
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    expect(lines[0]).toBe(`${target.pid} 0x${((start + 3) * PAGE_SIZE).toString(16)} 2`);
    expect(lines.length).toBeLessThanOrEqual(acted);
  });

  it('shows with the trigger that a command failed', async () => {
    await open();
    await add({ kind: 'written', memory: memory(0, 1) }, { kind: 'run', command: 'exit 3' });
    await write(0, 1);
    await sample();
    await vi.waitFor(async () => expect((await only()).problem).toContain('status 3'), 30_000);
  });
});

describe('a trigger on a word', () => {
  it('counts every write to it, and none beside it', async () => {
    const program = new Conversation(words.path, '5', '0');
    const address = BigInt(await program.line());
    window = new ServedWindow(openAnySource);
    const state = await window.call('source.open', { kind: 'native', pid: program.pid, mode: 'interval' });
    expect(state.source?.capabilities.words).toBe(true);
    await window.call('session.configure', { paused: true });
    const beside = { kind: 'word', address: address + 8n, size: 8 };
    await add({ kind: 'word', address, size: 8 }, { kind: 'mark', note: 'word' });
    await add(beside, { kind: 'mark', note: 'beside' });
    await sample();
    expect(await notes()).toEqual([]);
    await program.ask('go');
    await sample();
    expect(await notes()).toEqual(['word']);
    expect(window.events('trigger.acted')[0].message).toContain('5 writes');
    await expect(add({ ...beside, address: address + 1n }, { kind: 'pause' })).rejects.toMatchObject({
      kind: 'bad-request',
    });
    await expect(add({ ...beside, address: 4096n * 3n }, { kind: 'pause' })).rejects.toThrow(
      'Nothing is mapped',
    );
    await program.kill();
  });
});

describe('triggers on a simulated program', () => {
  it('count pages, and refuse what the source does not support', async () => {
    window = new ServedWindow();
    await window.call('source.open', { kind: 'simulated', workload: 'game-loop', parameters: {}, seed: 1 });
    await window.call('session.configure', { paused: true, mode: 'interval' });
    await add({ kind: 'pages', memory: null, atLeast: 2 }, { kind: 'pause' });
    await expect(add({ kind: 'word', address: 4096n, size: 8 }, { kind: 'pause' })).rejects.toMatchObject({
      kind: 'unsupported',
    });
    const contents = { kind: 'snapshot', range: { start: 1, end: 2 } };
    await expect(add({ kind: 'pages', memory: null, atLeast: 1 }, contents)).rejects.toMatchObject({
      kind: 'unsupported',
    });
    await window.call('session.configure', { paused: false });
    await window.until(() =>
      window.events('triggers.changed').some(({ triggers }) => triggers[0]?.acted === 1),
    );
    await vi.waitFor(
      async () => expect((await window.call('session.state', {})).source?.running).toBe(false),
      30_000,
    );
  });
});

describe('commands of triggers', () => {
  const out = () => folder.path('started');
  const every: NewTrigger['condition'] = { kind: 'pages', memory: null, atLeast: 1 };
  const run = (command: string) => add(every, { kind: 'run', command });
  const refused = { kind: 'not-permitted' };
  async function openWith(permits: ConstructorParameters<typeof ServedWindow>[1]): Promise<void> {
    window = new ServedWindow(undefined, permits);
    await window.call('source.open', { kind: 'simulated', workload: 'game-loop', parameters: {}, seed: 1 });
  }

  it('need a permit of the shell for that command, once', async () => {
    const key = randomBytes(32);
    const permit = (command: string) => {
      const nonce = randomBytes(16).toString('hex');
      return `${nonce}.${signPermit(key, nonce, { kind: 'run', command })}`;
    };
    await openWith(new SignedPermits(key));
    const command = `touch '${out()}'`;
    const given = permit(command);
    await expect(run(command)).rejects.toMatchObject(refused);
    await expect(
      add(every, { kind: 'run', command: `${command}.other` }, false, [given]),
    ).rejects.toMatchObject(refused);
    expect((await window.call('triggers.list', {})).triggers).toEqual([]);
    await add(every, { kind: 'run', command }, false, [given]);
    await expect(add(every, { kind: 'run', command }, false, [given])).rejects.toMatchObject(refused);
    await vi.waitFor(() => expect(existsSync(out())).toBe(true), 30_000);
    expect(existsSync(`${out()}.other`)).toBe(false);
  });

  it.each([
    ['elsewhere', () => new NoCommands(EVERYTHING_PERMITTED)],
    ['with an administrator’s rights', () => new AttachOnly(EVERYTHING_PERMITTED)],
  ])('are refused by an engine %s, whatever is permitted', async (_, permits) => {
    await openWith(permits());
    await expect(run(`touch '${out()}'`)).rejects.toMatchObject(refused);
    await add(every, { kind: 'mark', note: 'works' });
    await window.until(() => window.events('trigger.acted').length > 0);
    expect(existsSync(out())).toBe(false);
  });

  it('files are refused by an engine with an administrator’s rights', async () => {
    await openWith(new AttachOnly(EVERYTHING_PERMITTED));
    await expect(add(every, { kind: 'save' })).rejects.toMatchObject(refused);
    const range = { start: 1, end: 2 };
    await expect(add(every, { kind: 'snapshot', range })).rejects.toMatchObject(refused);
  });
});
