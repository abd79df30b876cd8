/** `soft-dirty watch` as a separate process, on real programs. */
import { spawn } from 'node:child_process';
import type { z } from 'zod';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_SIZE, formatPage } from '#shared/memory/page.ts';
import { randomBelow } from '#shared/testing/random.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { SYS } from '../native/syscalls/constants.ts';
import { marks, registeredVmas } from '../native/testing/marks.ts';
import { Target } from '../native/testing/target.ts';
import { countsLineSchema } from './testing/line-schemas.ts';
import { RunningCli, pagesReported, parseLines, type WatchLine } from './testing/run-cli.ts';

let scripts: BuiltScripts;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/testing/test-target.ts');
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type CountsLine = z.infer<typeof countsLineSchema>;

const NOBODY = { uid: 65534, gid: 65534 };

async function startTarget(options: { uid?: number; gid?: number } = {}): Promise<Target> {
  const target = await Target.start(scripts.path('test-target'), options);
  ends.push(() => target.kill());
  return target;
}

function run(args: readonly string[], options: { ordinaryUser?: boolean } = {}): RunningCli {
  const cli = new RunningCli(scripts.path('cli'), ['watch', ...args], options);
  ends.push(() => cli.child.kill('SIGKILL'));
  return cli;
}

/** Watches as JSON until every VMA is armed. */
async function watch(pid: number, ...args: string[]): Promise<RunningCli> {
  const cli = run(['--pid', String(pid), '--json', ...args]);
  await cli.attached();
  return cli;
}

/** Pages of `lines` within a buffer, relative to its first page. */
const within = (lines: readonly WatchLine[], first: number, pages: number) =>
  pagesReported(lines)
    .filter((page) => page >= first && page < first + pages)
    .map((page) => page - first);

/** Writes pages of a buffer again and again while samples are taken; returns which. */
async function writeAround(target: Target, cli: RunningCli, first: number, pages: number): Promise<number[]> {
  const random = randomBelow(7);
  const written = new Set<number>();
  for (let round = 0; round < 40; round++) {
    const selected = Array.from({ length: 1 + random(20) }, () => random(pages));
    await target.write(...selected.map((page) => first + page));
    selected.forEach((page) => written.add(page));
    if (round % 8 === 7) await cli.samples(1);
  }
  return [...written].sort((a, b) => a - b);
}

describe('soft-dirty watch --json', () => {
  it('counts in how many intervals each page was written, as its samples have it', async () => {
    const target = await startTarget();
    const start = await target.map(64);
    const cli = await watch(target.pid, '--hz', '50', '--counts', '4096');
    for (let round = 0; round < 12; round++) {
      await target.write(
        ...[start, ...(round === 5 ? [start + 7] : []), ...(round % 3 === 0 ? [start + 9] : [])],
      );
      await cli.samples(1);
    }
    cli.child.kill('SIGINT');
    const { out } = await cli.finished;
    const lines = parseLines(out) as (WatchLine | CountsLine)[];
    const samples = lines.filter((line) => line.event === 'sample');
    const counts = countsLineSchema.parse(lines.at(-2));
    expect(counts).toMatchObject({ event: 'counts', intervals: samples.length });
    const expected = new Map<number, number>();
    for (const sample of samples)
      for (const page of pagesReported([sample])) expected.set(page, (expected.get(page) ?? 0) + 1);
    const found = counts.mappings.flatMap(({ written }) =>
      written.flatMap(([address, pages, count]) =>
        Array.from({ length: pages }, (_, i) => [Number(BigInt(address) / 4096n) + i, count] as const),
      ),
    );
    expect(new Map(found)).toEqual(expected);
    const mapping = counts.mappings.find(({ written }) =>
      written.some(([address]) => address === formatPage(start + 7)),
    );
    expect(mapping?.written.find(([address]) => address === formatPage(start + 7))).toEqual([
      ...[formatPage(start + 7), 1, 1, 'once', null],
    ]);
  });

  it('reports exactly the pages written between attached and detached; then the program runs untracked', async () => {
    const target = await startTarget();
    const first = await target.map(2000);
    // Before: none of this may be reported.
    await target.fill(first, 1000);
    const cli = await watch(target.pid, '--hz', '50');
    const written = await writeAround(target, cli, first, 2000);
    cli.child.kill('SIGINT');
    const { code, error, out } = await cli.finished;
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const lines = parseLines(out);
    expect(within(lines, first, 2000)).toEqual(written);
    expect(lines[0]).toMatchObject({
      event: 'attached',
      pid: target.pid,
      backend: 'write-protect',
      atomic: true,
    });
    expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'interrupt' });
    const samples = lines.slice(1, -1).map((line) => {
      if (line.event !== 'sample') throw new Error(`not a sample: ${JSON.stringify(line)}`);
      return line;
    });
    for (const { written: runs, pages } of samples) {
      expect(runs.reduce((sum, [, count]) => sum + count, 0)).toBe(pages);
    }
    const times = samples.map(({ t }) => t);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(marks(target.pid)).toMatchObject({ tracer: 0 });
    expect(registeredVmas(target.pid)).toBe(0);
    expect(await target.write(first)).toBe(0);
  });

  it('reports the same for a range alone, and nothing outside of it', async () => {
    const target = await startTarget();
    const first = await target.map(600);
    const cli = await watch(target.pid, '--hz', '50', '--start', formatPage(first + 100), '--len', '1600K');
    const written = await writeAround(target, cli, first, 600);
    cli.child.kill('SIGTERM');
    const { code, out } = await cli.finished;
    const lines = parseLines(out);
    expect(code).toBe(0);
    expect(pagesReported(lines).map((page) => page - first)).toEqual(
      written.filter((page) => page >= 100 && page < 500),
    );
    expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'interrupt' });
  });

  it('loses nothing while several threads write and mappings come', async () => {
    const target = await startTarget();
    const first = await target.map(512);
    const cli = await watch(target.pid, '--hz', '100');
    const tasks = [0, 1, 2, 3].map((i) => ({ page: first + i * 128, count: 128, rounds: 300 }));
    await target.send({ op: 'writers', tasks });
    const late = await target.map(64);
    await target.fill(late, 64);
    while ((await target.send({ op: 'writers-done' })) < tasks.length) await cli.samples(1);
    // They may end before a sample has what was written last.
    await cli.samples(2);
    cli.child.kill('SIGINT');
    const lines = parseLines((await cli.finished).out);
    expect(within(lines, first, 512)).toHaveLength(512);
    expect(within(lines, late, 64)).toHaveLength(64);
  });

  it('merges samples while its output is not read, and loses none of them', async () => {
    const target = await startTarget();
    const pages = 60_000;
    const first = await target.map(pages);
    await target.fill(first, pages);
    const cli = await watch(target.pid, '--hz', '100');
    cli.child.stdout.pause();
    const began = performance.now();
    // Every line of these is several times larger than a pipe; they are written over a second, a hundred samples.
    const written: number[] = [];
    for (let round = 0; round < 10; round++) {
      const part = Array.from({ length: 3000 }, (_, i) => round * 6000 + i * 2);
      await target.write(...part.map((page) => first + page));
      written.push(...part);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    /** Samples that were due at 100 Hz. */
    const due = (performance.now() - began) / 10;
    cli.child.kill('SIGINT');
    // The program is detached although that was not read yet.
    while (registeredVmas(target.pid) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    cli.child.stdout.resume();
    const { code, out } = await cli.finished;
    expect(code).toBe(0);
    const lines = parseLines(out);
    expect(within(lines, first, pages)).toEqual(written);
    expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'interrupt' });
    // What the pipe holds has lines of its own: 42 of 108 on an idle machine. Without merging there is one for each sample.
    expect(lines.length).toBeLessThan(due * 0.75);
  });

  it('detaches when its reader goes away', async () => {
    const target = await startTarget();
    const cli = await watch(target.pid);
    cli.child.stdout.destroy();
    const { code, error } = await cli.finished;
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(registeredVmas(target.pid)).toBe(0);
  });

  it('ends after its duration', async () => {
    const target = await startTarget();
    const cli = await watch(target.pid, '--duration', '0.3', '--hz', '20');
    const { code, out } = await cli.finished;
    const lines = parseLines(out);
    expect(code).toBe(0);
    expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'duration' });
    expect(lines.length).toBeGreaterThanOrEqual(3);
    const last = lines.at(-2);
    expect(last?.event === 'sample' && last.t >= 300).toBe(true);
  });

  it('reports that the program ended, after what was written up to the last sample', async () => {
    const target = await startTarget();
    const first = await target.map(10);
    const cli = await watch(target.pid, '--hz', '50');
    await target.write(first + 4);
    await cli.until((lines) => within(lines, first, 10).length > 0);
    target.child.stdin.end();
    const { code, out, error } = await cli.finished;
    const lines = parseLines(out);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(within(lines, first, 10)).toEqual([4]);
    expect(lines.at(-1)).toEqual({ event: 'detached', reason: 'exit' });
  });

  it('reports that the program called exec', async () => {
    const shell = spawn('sh', ['-c', 'echo ready; read line; exec sleep 60'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    ends.push(() => shell.kill('SIGKILL'));
    await new Promise((resolve) => shell.stdout.once('data', resolve));
    const cli = await watch(Number(shell.pid));
    shell.stdin.write('go\n');
    const { code, out } = await cli.finished;
    expect(code).toBe(0);
    expect(parseLines(out).at(-1)).toEqual({ event: 'detached', reason: 'exec' });
  });

  it('is as exact for a user who is not root, and takes a last sample at the end', async () => {
    const target = await startTarget(process.geteuid?.() === 0 ? NOBODY : {});
    const first = await target.map(100);
    const cli = run(['--pid', String(target.pid), '--json', '--hz', '50'], { ordinaryUser: true });
    await cli.attached();
    await target.write(first + 1, first + 99);
    cli.child.kill('SIGINT');
    expect(within(parseLines((await cli.finished).out), first, 100)).toEqual([1, 99]);
  });
});

describe('soft-dirty watch, refused', () => {
  it('reports why a process cannot be attached to, and leaves standard output empty', async () => {
    const target = await startTarget();
    const others = run(['--pid', String(target.pid), '--json'], { ordinaryUser: true });
    const none = run(['--pid', '4194304', '--json']);
    const sandboxed = await startTarget();
    await sandboxed.send({ op: 'seccomp' });
    const filtered = run(['--pid', String(sandboxed.pid), '--json', '--backend', 'write-protect']);
    const reading = run(['--pid', String(sandboxed.pid), '--json', '--duration', '0.5']);
    expect(await none.finished).toMatchObject({ code: 1, out: '' });
    expect((await none.finished).error).toContain('There is no process 4194304.');
    expect(await filtered.finished).toMatchObject({ code: 1, out: '' });
    expect((await filtered.finished).error).toContain('Sandboxed program');
    // Unless a backend is named, another that injects nothing.
    expect(await reading.finished).toMatchObject({ code: 0 });
    expect((await reading.finished).error).toMatch(
      /Sandboxed program: .* Tracked by .* instead of write-protect/,
    );
    expect(parseLines((await reading.finished).out)[0]).toMatchObject({ event: 'attached', atomic: false });
    if (process.geteuid?.() === 0) {
      expect(await others.finished).toMatchObject({ code: 1, out: '' });
      expect((await others.finished).error).toContain('This process belongs to another user (root).');
    }
  });
});

describe('soft-dirty watch, the table', () => {
  it('shows the VMAs by pages written, and what became of the program', async () => {
    const target = await startTarget();
    // Between pages without rights, so that the kernel merges it with no neighbour.
    const outer = await target.map(3002);
    await target.call(SYS.mprotect, outer * PAGE_SIZE, PAGE_SIZE, 0);
    await target.call(SYS.mprotect, (outer + 3001) * PAGE_SIZE, PAGE_SIZE, 0);
    const first = outer + 1;
    const cli = run(['--pid', String(target.pid), '--top', '3', '--duration', '1.5']);
    await new Promise((resolve) => cli.child.stdout.once('data', resolve));
    await target.fill(first, 2345);
    const { code, out, error } = await cli.finished;
    expect({ code, error }).toEqual({ code: 0, error: '' });
    const blocks = out.trimEnd().split('\n\n');
    expect(blocks[0]).toMatch(
      /^node \(\d+\), write-protect, 20 samples a second, 0\.0 s\n(Cost: .*\n)?Pages written now/,
    );
    const [title, all, heads, top] = blocks.at(-2)?.split('\n') ?? [];
    expect(title).toContain(`(${target.pid})`);
    expect(all).toMatch(/^Pages written in total: 2,\d{3} \(\d+\.\d MiB\)$/);
    expect(heads).toMatch(/^ *TOTAL +SIZE +START +RIGHTS +NAME$/);
    expect(top).toMatch(new RegExp(`^ *2,345 +${(3000 * PAGE_SIZE) / 2 ** 20 > 11 ? '11.7 MiB' : ''} +0x`));
    expect(blocks.at(-1)).toBe('Detached after the given duration; the program is running.');
    // No control sequences without a terminal.
    expect(out).not.toContain('\x1b');
  });
});
