/** What `watch` reports of memory that it cannot see written: bounded, however much of it comes and goes. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { MMAP, SYS } from '../native/syscalls/constants.ts';
import { Target } from '../native/testing/target.ts';
import { parseLines, RunningCli } from './testing/run-cli.ts';

/** Numbers of system calls that only this test makes. */
const IO_SETUP = 206;
const IO_DESTROY = 207;
const RINGS = 30;
const MAP_FIXED_NOREPLACE = 0x100000;

let scripts: BuiltScripts;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/testing/test-target.ts');
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Addresses of the rings of asynchronous input and output, which the kernel writes to. */
function ringsOf(pid: number): number[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n');
  return lines.filter((line) => line.includes('/[aio]')).map((line) => Number.parseInt(line, 16));
}

it('warns of thirty rings of the kernel in one line, and of others like them not at all', async () => {
  const target = await Target.start(scripts.path('test-target'));
  ends.push(() => target.kill());
  const contexts = (await target.map(10)) * PAGE_SIZE;
  let made = 0;
  // Each call needs a context of zeros, and writes to it.
  const make = async () => expect(await target.call(IO_SETUP, 1, contexts + 8 * made++)).toBe(0);
  while (made < RINGS) await make();
  expect(ringsOf(target.pid)).toHaveLength(RINGS);
  const cli = new RunningCli(scripts.path('cli'), ['watch', '--pid', String(target.pid), '--json']);
  ends.push(() => cli.child.kill('SIGKILL'));
  await cli.attached();
  const mappings = () => cli.lines.filter((line) => line.event === 'mapping').length;
  for (let round = 0; round < 10; round++) {
    const before = mappings();
    const [oldest] = ringsOf(target.pid);
    await make();
    // Its own JSON line shows that it was noticed.
    await cli.until(() => mappings() > before);
    await target.call(IO_DESTROY, oldest);
    await cli.samples(1);
  }
  cli.child.kill('SIGINT');
  const { code, out, error } = await cli.finished;
  expect(code).toBe(0);
  expect(error).toMatch(
    new RegExp(
      `^soft-dirty watch: 0x\\w+-0x\\w+ /\\[aio\\] \\(deleted\\) and ${RINGS - 1} more like it are not watched\\. .+\\n$`,
    ),
  );
  const [attached] = parseLines(out);
  expect(
    attached.event === 'attached' && attached.exceptions.filter(({ name }) => name.includes('[aio]')),
  ).toHaveLength(RINGS);
});

it('reports a range in which nothing is mapped, and watches what is mapped there later', async () => {
  const target = await Target.start(scripts.path('test-target'));
  ends.push(() => target.kill());
  const range = ['--start', '0x10000000', '--len', '16K'];
  const words = ['watch', '--pid', String(target.pid), '--json', ...range];
  const cli = new RunningCli(scripts.path('cli'), words);
  ends.push(() => cli.child.kill('SIGKILL'));
  await cli.attached();
  const fixed = MMAP.MAP_PRIVATE | MMAP.MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  const access = MMAP.PROT_READ | MMAP.PROT_WRITE;
  expect(await target.call(SYS.mmap, 0x10000000, 4 * PAGE_SIZE, access, fixed, -1, 0)).toBe(0x10000000);
  await target.write(0x10000);
  await cli.until((lines) => lines.some((line) => JSON.stringify(line).includes('"0x10000000"')));
  cli.child.kill('SIGINT');
  const { code, error } = await cli.finished;
  expect([code, error]).toEqual([
    0,
    `soft-dirty watch: Nothing is mapped from 0x10000000 to 0x10004000 of process ${target.pid}. What is mapped there later is watched.\n`,
  ]);
});
