/** `soft-dirty watch` on a program that opens its own userfaultfd meanwhile. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { compile, Conversation, type Compiled } from '../native/testing/c-program.ts';
import { pagesReported, RunningCli, type WatchLine } from './testing/run-cli.ts';

let scripts: BuiltScripts;
let program: Compiled;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  scripts = await buildScripts('cli.ts');
  program = compile('main/native/coexistence/testing/own-uffd.c');
});
afterAll(() => {
  program.remove();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('soft-dirty watch on a program that opens a userfaultfd', () => {
  it('continues with another backend, and loses nothing that was written before', async () => {
    const child = new Conversation(program.path);
    ends.push(() => child.kill());
    const page = Number((await child.line()).split(' ')[1]) / PAGE_SIZE;
    // Samples are rare: what was written before the change has none of its own.
    const range = ['--start', String(page * PAGE_SIZE), '--len', String(64 * PAGE_SIZE)];
    const cli = new RunningCli(scripts.path('cli'), [
      ...['watch', '--pid', String(child.pid), '--json', '--hz', '0.5', ...range],
    ]);
    ends.push(() => cli.child.kill('SIGKILL'));
    await cli.attached();
    for (const i of [3, 30, 63]) await child.send(`write ${i}`);
    await child.send('open 0');
    const changes = (lines: readonly WatchLine[]) => lines.filter(({ event }) => event === 'backend');
    await cli.until((lines) => changes(lines).length > 0);
    expect(await child.send('old 1')).toBe(0);
    await child.send('write 8');
    cli.child.kill('SIGINT');
    const { code, error } = await cli.finished;
    expect(code).toBe(0);
    const [change] = changes(cli.lines);
    expect(change).toMatchObject({
      atomic: false,
      reason: expect.stringMatching(/userfaultfd of its own/) as string,
    });
    expect(error).toMatch(/userfaultfd of its own/);
    expect(pagesReported(cli.lines).map((at) => at - page)).toEqual([3, 8, 30, 63]);
  });
});
