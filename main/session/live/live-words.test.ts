/** Which code writes to single words of a real program, as a window gets it. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WatchedWord } from '#shared/contract/words.ts';
import { type Compiled, compile, Conversation } from '../../native/testing/c-program.ts';
import { openAnySource } from '../../open-sources.ts';
import { ServedWindow } from '../testing/test-window.ts';

let compiled: Compiled;
let program: Conversation | null = null;
let window: ServedWindow;
beforeAll(() => {
  compiled = compile(
    'main/native/watchpoint/testing/word-writers.c',
    ...['-g', '-O0', '-fno-omit-frame-pointer', '-pthread'],
  );
});
afterAll(() => compiled.remove());
afterEach(async () => {
  await window.close();
  await program?.kill();
  program = null;
});

const FIRST = 5;
const SECOND = 3;

/** @returns the address of the word */
async function open(): Promise<bigint> {
  program = new Conversation(compiled.path, String(FIRST), String(SECOND));
  const address = BigInt(await program.line());
  window = new ServedWindow(openAnySource);
  await window.call('source.open', { kind: 'native', pid: program.pid, mode: 'interval' });
  return address;
}
const watch = (address: bigint, size = 8) => window.call('words.watch', { address, size });
const state = async (): Promise<readonly WatchedWord[]> => (await window.call('words.state', {})).words;
const until = (condition: (word: WatchedWord) => void) =>
  vi.waitFor(async () => condition((await state())[0]), { timeout: 30_000 });

describe('watched words of a live session', () => {
  it('have every write with its thread, function, line, callers and values', async () => {
    const address = await open();
    expect((await watch(address)).words).toMatchObject([{ address, size: 8, writes: 0, writers: [] }]);
    const tid = Number(await program?.ask('go'));
    await until(({ writes }) => expect(writes).toBe(FIRST + SECOND));
    const [{ writers, ended, unknown }] = await state();
    expect([ended, unknown]).toEqual([null, 0]);
    const shown = writers.map(({ tid: writer, writes, stack }) => [
      ...[writer, writes],
      ...stack.slice(0, 2).map((place) => place.function),
    ]);
    expect(shown).toEqual([
      [program?.pid, FIRST, 'first_writer', 'outer'],
      [tid, SECOND, 'game::write()', 'thread'],
    ]);
    expect(writers[0].thread).toBe('program');
    expect(writers[0].stack[0]).toMatchObject({
      file: expect.stringMatching(/word-writers\.c$/),
      module: compiled.path,
    });

    // A single write between two readings has its values.
    await program?.ask('frame');
    await until(({ writes }) => expect(writes).toBe(FIRST + SECOND + 1));
    const found = (await state())[0].writers.find(({ stack }) => stack[0].function === 'without_frame');
    expect(found?.values).toEqual({ before: BigInt(1_000_000 + SECOND - 1), after: 7n });

    await program?.kill();
    await until(({ ended: reason }) => expect(reason).toBe('The program ended.'));
    expect((await state())[0].writes).toBe(FIRST + SECOND + 1);
  });

  it('are four at most; each is counted by itself and can be stopped', async () => {
    const address = await open();
    await watch(address);
    for (const i of [1n, 2n, 3n]) await watch(address + 8n * i, 4);
    // The same word is watched once.
    expect((await watch(address)).words).toHaveLength(4);
    await expect(watch(address + 64n, 1)).rejects.toMatchObject({ kind: 'bad-request' });
    await program?.ask('go');
    await until(({ writes }) => expect(writes).toBe(FIRST + SECOND));
    const [first, ...others] = await state();
    expect(others.map(({ writes }) => writes)).toEqual([0, 0, 0]);
    const { words } = await window.call('words.stop', { id: first.id });
    expect(words.map(({ id }) => id)).toEqual(others.map(({ id }) => id));
    await program?.ask('frame');
    // Its debug register is free again.
    expect((await watch(address)).words.at(-1)).toMatchObject({ address, writes: 0 });
    await window.call('source.close', {});
    expect(await state()).toEqual([]);
  });

  it('are refused with the reason', async () => {
    const address = await open();
    await expect(watch(address + 1n, 8)).rejects.toMatchObject({ kind: 'bad-request' });
    await expect(watch(4096n * 3n)).rejects.toThrow('Nothing is mapped');
    await window.call('source.open', {
      ...{ kind: 'simulated', workload: 'game-loop', parameters: { textures: 8 }, seed: 1 },
    });
    await expect(watch(address)).rejects.toMatchObject({ kind: 'unsupported' });
  });
});
