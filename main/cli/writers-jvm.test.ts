/** `soft-dirty writers` on a JVM: Debian's OpenJDK, whose compiled methods have a perf map. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Conversation } from '../native/testing/c-program.ts';
import { buildScripts } from '../native/testing/built-scripts.ts';
import { checkedLines, writersLineSchema } from './testing/line-schemas.ts';
import { RunningCli } from './testing/run-cli.ts';

const WRITES = 200;
/** Neither collected nor inlined: the array stays where it is, and its writer is a separate frame. */
const FLAGS = ['-Xms256m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:CompileCommand=dontinline,World.writeWorld'];

let program: Conversation | null = null;
const folder = mkdtempSync(join(tmpdir(), 'writers-jvm-'));
afterEach(async () => {
  const map = program && `/tmp/perf-${program.pid}.map`;
  await program?.kill();
  if (map !== null) rmSync(map, { force: true });
  rmSync(folder, { recursive: true });
});

/** The Java heap: the largest mapping. */
function heapOf(pid: number): string {
  const sizes = readFileSync(`/proc/${pid}/maps`, 'latin1')
    .split('\n')
    .map((line) => /^([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0 $/.exec(line) ?? [])
    .map(([, from = '0', to = '0']) => ({ from, bytes: Number(`0x${to}`) - Number(`0x${from}`) }))
    .toSorted((a, b) => b.bytes - a.bytes);
  return `0x${sizes[0].from}+${sizes[0].bytes / 1024}K`;
}

it('names the method of a JVM that writes, once its perf map was requested', async () => {
  const scripts = await buildScripts('cli.ts', 'native/writers/fault-thread.ts');
  execFileSync('javac', ['-d', folder, 'main/native/writers/testing/World.java']);
  program = new Conversation('java', ...FLAGS, '-cp', folder, 'World');
  let line = '';
  while (line !== 'ready') line = await program.line();
  execFileSync('jcmd', [String(program.pid), 'Compiler.perfmap']);
  expect(await program.ask('go')).toBe('going');
  const words = ['writers', '--pid', String(program.pid), '--json', '--range', heapOf(program.pid)];
  const { code, out } = await new RunningCli(scripts.path('cli'), [...words, '--count', String(WRITES)])
    .finished;
  expect(code).toBe(0);
  checkedLines(writersLineSchema, out);
  const writers = out.split('\n').filter((text) => text.includes('"event":"write"'));
  expect(writers).toHaveLength(WRITES);
  const names = writers.map((text) => (JSON.parse(text) as { function: string | null }).function ?? '');
  expect(names.filter((name) => /World.*writeWorld/.test(name)).length).toBeGreaterThan(WRITES * 0.9);
}, 120_000);
