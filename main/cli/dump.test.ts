/** `soft-dirty dump` as a separate process, on a real program. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PAGE_SIZE, formatPage } from '#shared/memory/page.ts';
import { Tracee } from '../native/attach/tracee.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { registeredVmas } from '../native/testing/marks.ts';
import { Target } from '../native/testing/target.ts';
import { runHere } from './testing/run-here.ts';
import { RunningCli } from './testing/run-cli.ts';

let scripts: BuiltScripts;
let folder: string;
let target: Target;

beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/testing/test-target.ts');
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dump-cli-'));
  target = await Target.start(scripts.path('test-target'));
});
afterEach(async () => {
  await target.kill();
  rmSync(folder, { recursive: true });
});

interface DumpLine {
  readonly event: string;
  readonly number?: number;
  readonly kind?: string;
  readonly pages?: number;
  readonly path?: string;
  readonly reason?: string;
}

const dump = (...args: string[]): RunningCli =>
  new RunningCli(scripts.path('cli'), ['dump', '--json', ...args]);
const linesOf = (text: string): DumpLine[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as DumpLine);

const inProcess = (...args: string[]) => runHere('dump', ...args);

describe('soft-dirty dump', () => {
  it('of a range in which nothing is mapped fails, and leaves nothing', async () => {
    const other = await Target.start(scripts.path('test-target'));
    const where = join(folder, 'none');
    const args = ['dump', '--pid', String(other.pid), '--range', '0x10000+8K', '--dir', where];
    expect(await new RunningCli(scripts.path('cli'), args).finished).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringContaining(
        `soft-dirty dump: Nothing is mapped from 0x10000 to 0x12000 of process ${other.pid}.`,
      ) as string,
    });
    expect(existsSync(where)).toBe(false);
    await other.kill();
  });

  it('takes a full dump of a range, then only what was written, whenever it is asked', async () => {
    const page = await target.map(64);
    await target.fill(page, 64);
    const dir = join(folder, 'series');
    const range = `${formatPage(page)}+${64 * PAGE_SIZE}`;
    const cli = dump(
      '--pid',
      String(target.pid),
      '--range',
      range,
      '--dir',
      dir,
      '--on-request',
      '--count',
      '3',
    );
    const taken = (count: number) =>
      cli.until((lines) => lines.filter((line) => (line.event as string) === 'dump').length === count);
    await taken(1);
    await target.write(page + 3, page + 60);
    cli.child.kill('SIGUSR1');
    await taken(2);
    cli.child.kill('SIGUSR1');
    const { code, out, error } = await cli.finished;
    expect([code, error]).toEqual([0, '']);
    expect(linesOf(out)).toMatchObject([
      { event: 'attached', pid: target.pid, backend: 'write-protect' },
      { event: 'dump', number: 1, kind: 'full', pages: 64, path: join(dir, '0001') },
      { event: 'dump', number: 2, kind: 'increment', pages: 2 },
      { event: 'dump', number: 3, kind: 'increment', pages: 0 },
      { event: 'detached', reason: 'count' },
    ]);
    expect(statSync(join(dir, '0002', 'pages.bin'))).toMatchObject({ size: 2 * PAGE_SIZE });
    expect(statSync(join(dir, '0002', 'pages.bin')).mode & 0o777).toBe(0o600);
    expect(registeredVmas(target.pid)).toBe(0);

    expect(await inProcess('verify', dir, '--json')).toMatchObject({
      code: 0,
      out: `${JSON.stringify({ dumps: 3, pages: 66, bytes: 66 * PAGE_SIZE })}\n`,
    });
    const whole = join(folder, 'whole');
    expect(await inProcess('merge', dir, '--out', whole, '--json')).toMatchObject({ code: 0 });
    const mergedBytes = readFileSync(join(whole, '0001', 'pages.bin'));
    const bytes = await target.send({ op: 'open', path: `/proc/${target.pid}/mem` });
    expect(bytes).toBeGreaterThan(0);
    const increment = readFileSync(join(dir, '0002', 'pages.bin'));
    expect(mergedBytes).toHaveLength(64 * PAGE_SIZE);
    expect(mergedBytes.subarray(3 * PAGE_SIZE, 4 * PAGE_SIZE)).toEqual(increment.subarray(0, PAGE_SIZE));
    expect(mergedBytes.subarray(60 * PAGE_SIZE, 61 * PAGE_SIZE)).toEqual(increment.subarray(PAGE_SIZE));
    expect((await inProcess('merge', dir, '--out', whole)).error).toMatch(/is not empty/);
  });

  it('takes one every so often, until the program ends', async () => {
    const cli = dump('--pid', String(target.pid), '--all', '--dir', join(folder, 'a'), '--every', '0.2s');
    await cli.until((lines) => lines.filter((line) => (line.event as string) === 'dump').length >= 3);
    await target.kill();
    const { code, out } = await cli.finished;
    expect(code).toBe(0);
    expect(linesOf(out).at(-1)).toMatchObject({ event: 'detached', reason: 'exit' });
    expect(await inProcess('verify', join(folder, 'a'))).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'a', '0001.partial'))).toBe(false);
  });

  it('of a program that is being debugged is refused, and leaves nothing behind', async () => {
    const tracee = Tracee.seize(target.pid);
    const made = join(folder, 'made');
    const own = join(folder, 'own');
    mkdirSync(own);
    try {
      for (const dir of [made, own]) {
        const { code, out, error } = await dump('--pid', String(target.pid), '--all', '--dir', dir).finished;
        expect([code, error]).toEqual([
          1,
          expect.stringContaining(`Already being debugged by process ${process.pid}`),
        ]);
        if (out !== '') expect(linesOf(out).at(-1)).toEqual({ event: 'detached', reason: 'failed' });
      }
    } finally {
      tracee.interrupt();
      tracee.waitStop(10_000);
      tracee.detach();
    }
    expect(existsSync(made)).toBe(false);
    expect(readdirSync(own)).toEqual([]);
  });

  it('names what is wrong with its words, and touches nothing', async () => {
    const pid = ['--pid', String(target.pid)];
    const dir = ['--dir', join(folder, 'b')];
    for (const [words, message] of [
      [[...dir, '--all'], /--pid N is missing/],
      [[...pid, '--all'], /--dir DIR is missing/],
      [[...pid, ...dir], /either --all or --range/],
      [[...pid, ...dir, '--all', '--range', '0x1000+4K'], /either --all or --range/],
      [[...pid, ...dir, '--range', '0x1000'], /A\+LEN/],
      [[...pid, ...dir, '--range', '0x1001+4K'], /not the start of a page/],
      [[...pid, ...dir, '--all', '--count', '2'], /--every or --on-request/],
      [['verify'], /takes one directory/],
      [['mend', folder], /verify or merge/],
      [['merge', folder], /--out DIR is missing/],
    ] as const) {
      const { code, error } = await inProcess(...words);
      expect([code, error]).toEqual([2, expect.stringMatching(message)]);
    }
    expect(existsSync(join(folder, 'b'))).toBe(false);
    mkdirSync(join(folder, 'full', 'x'), { recursive: true });
    const { code, error } = await inProcess(...pid, '--all', '--dir', join(folder, 'full'));
    expect([code, error]).toEqual([1, expect.stringMatching(/is not empty/)]);
    expect(registeredVmas(target.pid)).toBe(0);
  });
});
