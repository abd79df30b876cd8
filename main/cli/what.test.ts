/** `soft-dirty what` on a real program that prints what is where. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Compiled, compile, Conversation } from '../native/testing/c-program.ts';
import { runHere } from './testing/run-here.ts';

let program: Compiled;
let running: Conversation;
beforeAll(() => {
  program = compile('main/native/symbols/testing/data-places.c', '-g', '-pthread');
});
afterAll(() => program.remove());
afterEach(() => running.kill());

const run = (...words: string[]) => runHere('what', ...words);

describe('soft-dirty what', () => {
  it('names variables, heap blocks, stacks and files', async () => {
    // One arena, so that the thread's blocks are in [heap].
    process.env['GLIBC_TUNABLES'] = 'glibc.malloc.arena_max=1';
    running = new Conversation(program.path);
    delete process.env['GLIBC_TUNABLES'];
    const [variable, used, freed, local, tid, level] = (await running.line()).split(' ');
    const pid = String(running.pid);
    const at = async (address: string) => {
      const { code, out } = await run('--pid', pid, '--at', address, '--json');
      expect(code).toBe(0);
      return JSON.parse(out) as Record<string, unknown>;
    };
    expect(await at(variable)).toMatchObject({
      address: variable,
      mapping: { name: program.path, fileOffset: expect.stringMatching(/^0x/) },
      symbol: { name: 'g_scores', offset: '0x28', bytes: 1024 },
      thread: null,
      chunk: null,
    });
    expect(await at(used)).toMatchObject({
      mapping: { name: '[heap]', fileOffset: null },
      chunk: { address: `0x${(BigInt(used) - 10n).toString(16)}`, bytes: 1000, inUse: true },
    });
    expect(await at(freed)).toMatchObject({ chunk: { inUse: false } });
    expect(await at(local)).toMatchObject({ thread: { tid: Number(tid) }, symbol: null });
    expect(await at(level)).toMatchObject({
      mapping: { name: '', fileOffset: null },
      symbol: { name: 'g_level', offset: '0x7a120', bytes: 2 ** 20 },
    });
    expect((await run('--pid', pid, '--symbol', 'g_level')).out).toMatch(/^symbol {3}g_level\+0x0 of/m);
    const text = await run('--pid', pid, '--symbol', 'g_scores');
    expect(text.out).toMatch(/^symbol {3}g_scores\+0x0 of 1,024 bytes$/m);
    expect(await run('--pid', pid, '--at', '0x10')).toMatchObject({ code: 1 });
    expect((await run('--pid', pid, '--symbol', 'nothing')).error).toMatch(/has a variable "nothing"/);
    expect(await run('--pid', pid, '--symbol', 'g_lives')).toMatchObject({
      code: 1,
      error: expect.stringContaining('"g_lives" is a thread-local variable: each thread has its own'),
    });
    for (const words of [[], ['--pid', pid], ['--pid', pid, '--at', 'x'], ['--at', '1']])
      expect((await run(...words)).code).toBe(2);
  });
});
