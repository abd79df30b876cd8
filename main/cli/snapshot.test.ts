/** `soft-dirty snapshot` as a separate process, on real programs. */
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PAGE_SIZE, formatPage } from '#shared/memory/page.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { marks, registeredVmas } from '../native/testing/marks.ts';
import { Target } from '../native/testing/target.ts';
import { runProgram } from './program.ts';
import { RunningCli } from './testing/run-cli.ts';

let scripts: BuiltScripts;
let folder: string;
let target: Target;

beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/testing/test-target.ts');
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
  target = await Target.start(scripts.path('test-target'));
});
afterEach(async () => {
  await target.kill();
  rmSync(folder, { recursive: true });
});

function take(page: number, pages: number, ...more: string[]): RunningCli {
  const range = ['--start', formatPage(page), '--len', String(pages * PAGE_SIZE)];
  const args = ['--pid', String(target.pid), ...range, '--out', join(folder, 'out'), ...more];
  return new RunningCli(scripts.path('cli'), ['snapshot', ...args]);
}

/** Whether the target's page counts as not written: bit 57 of its pagemap entry. */
function isProtected(page: number): boolean {
  const fd = openSync(`/proc/${target.pid}/pagemap`, 'r');
  const entry = Buffer.alloc(8);
  readSync(fd, entry, 0, 8, page * 8);
  closeSync(fd);
  return ((entry.readBigUInt64LE() >> 57n) & 1n) === 1n;
}

describe('soft-dirty snapshot', () => {
  it('writes the contents to a file and reports what it took; the program is detached again', async () => {
    const page = await target.map(8);
    await target.fill(page + 2, 3);
    const { code, out, error } = await take(page, 8).finished;
    expect([code, error]).toEqual([0, '']);
    const file = join(folder, 'out');
    const bytes = readFileSync(file);
    expect(bytes).toHaveLength(8 * PAGE_SIZE);
    // Only the program's user may read its memory.
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((i) => bytes[i * PAGE_SIZE])).toEqual([0, 0, 1, 2, 3, 0, 0, 0]);
    expect(out).toMatch(
      new RegExp(
        `^8 pages from ${formatPage(page)} in ${file}, the contents of 3 of them\n` +
          'pages by state: present 3\n\\d+ threads? (was|were) stopped for \\d+\\.\\d+ ms\n$',
      ),
    );
    expect(marks(target.pid)).toMatchObject({ tracer: 0, state: 'S' });
    expect(registeredVmas(target.pid)).toBe(0);
  });

  it('reports as JSON what was written while it was tracking', async () => {
    const page = await target.map(8);
    await target.fill(page, 8);
    const taking = take(page, 8, '--after', '4', '--json');
    await vi.waitFor(() => expect(isProtected(page + 7)).toBe(true), { timeout: 20_000, interval: 5 });
    await target.write(page + 6);
    const { code, out } = await taking.finished;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      start: formatPage(page),
      pages: 8,
      file: join(folder, 'out'),
      threads: expect.any(Number) as number,
      stoppedMs: expect.any(Number) as number,
      read: [[formatPage(page), 8]],
      unmapped: [],
      planes: { written: [[formatPage(page + 6), 1]], present: [[formatPage(page), 8]] },
    });
  });

  it('fails and leaves no file if nothing is mapped; reports the unmapped pages of a range that is mapped in part', async () => {
    // Nothing of a program is mapped there.
    const nowhere = 16;
    expect(await take(nowhere, 1).finished).toMatchObject({
      code: 1,
      out: '',
      error:
        `soft-dirty snapshot: Nothing is mapped from 0x10000 to 0x11000 of process ${target.pid}.\n` +
        `See the mappings in /proc/${target.pid}/maps.\n`,
    });
    expect(existsSync(join(folder, 'out'))).toBe(false);
    const page = await target.map(8);
    await target.fill(page, 8);
    await target.unmap(page + 5, 1);
    const { code, out } = await take(page + 4, 3).finished;
    expect(code).toBe(0);
    expect(out).toContain(
      `1 page is not mapped and zeros in the file: ${formatPage(page + 5)}-${formatPage(page + 6)}\n`,
    );
    rmSync(join(folder, 'out'));
    expect(JSON.parse((await take(page + 4, 3, '--json').finished).out)).toMatchObject({
      read: [
        [formatPage(page + 4), 1],
        [formatPage(page + 6), 1],
      ],
      unmapped: [[formatPage(page + 5), 1]],
    });
    expect(await take(page, 1).finished).toMatchObject({ code: 1 });
    rmSync(join(folder, 'out'));
    const one = await take(page, 1).finished;
    expect(one.out).toMatch(/^1 page from .*\n/);
  });

  it('overwrites no file, and leaves none if it fails', async () => {
    const page = await target.map(4097);
    expect(await take(page, 4097).finished).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringMatching(/at most 4096 \(16 MiB\)/) as string,
    });
    expect(existsSync(join(folder, 'out'))).toBe(false);
    writeFileSync(join(folder, 'out'), 'mine');
    expect(await take(page, 1).finished).toMatchObject({
      code: 1,
      error: expect.stringMatching(/out already exists\./) as string,
    });
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('mine');
    // A link to a file that does not exist yet is not followed either.
    rmSync(join(folder, 'out'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'out'));
    expect(await take(page, 1).finished).toMatchObject({ code: 1 });
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  it.each([
    [[], '--pid N is missing'],
    [['--pid', '1'], '--start A and --len L are missing'],
    [['--pid', '1', '--start', '0', '--len', '4K'], '--out FILE is missing'],
    [['--pid', '1', '--start', '0', '--len', '4K', '--out', 'x', '--after', 'y'], '--after takes 0 to'],
  ])('%j is wrong usage', async (args, words) => {
    let error = '';
    const output = { out: () => undefined, error: (text: string) => void (error += text) };
    expect(await runProgram(['snapshot', ...args], output)).toBe(2);
    expect(error).toContain(words);
  });
});
