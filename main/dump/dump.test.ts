/** Dumps of a real program whose memory changes all the time, compared with what it holds while it is stopped. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { NativeSource } from '../native/native-source.ts';
import { compile, type Compiled, Conversation } from '../native/testing/c-program.ts';
import { DumpSeries } from './dump-series.ts';
import { Dumper } from './dumper.ts';
import { dumpFolder } from './dump-writer.ts';
import { mergeDumps } from './merge.ts';

const ROUNDS = 50;
let churn: Compiled;
let folder: string;
const running: (() => Promise<unknown>)[] = [];
beforeAll(() => {
  churn = compile('main/dump/testing/churn.c', '-pthread');
});
afterAll(() => churn.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dump-test-'));
});
afterEach(async () => {
  for (const end of running.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true });
});

async function startProgram(mib: number) {
  const program = new Conversation(churn.path, String(mib));
  running.push(() => program.kill());
  await program.line();
  const source = await NativeSource.attach(program.pid, { backend: 'write-protect' });
  running.push(() => source.close());
  return { program, source };
}

/** Stops or resumes the program; resolves when every thread has stopped or runs. */
async function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  process.kill(pid, name);
  await vi.waitFor(() => {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1');
      const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
      if ((state === 'T') !== (name === 'SIGSTOP')) throw new Error(`Thread ${task} is in state ${state}.`);
    }
  });
}

/** What a stopped program holds, read without the inspector: pages with contents that are not zeros and of no file. */
function truth(pid: number): Map<number, string> {
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const pagemap = openSync(`/proc/${pid}/pagemap`, 'r');
  const pages = new Map<number, string>();
  const bytes = Buffer.alloc(PAGE_SIZE);
  const zeros = bytes.toString('latin1');
  for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').trim().split('\n')) {
    const [, from, to, perms, inode, name] = /^(\w+)-(\w+) (\S+) \S+ \S+ (\d+) *(.*)$/.exec(line) ?? [];
    if (/^\[v/.test(name) || /^anon_inode:/.test(name)) continue;
    const shared = perms[3] === 's';
    if (shared && !/^\/(memfd|dev\/zero)/.test(name)) continue;
    const [start, end] = [from, to].map((text) => parseInt(text, 16) / PAGE_SIZE);
    const entries = Buffer.alloc((end - start) * 8);
    const read = readSync(pagemap, entries, 0, entries.length, start * 8);
    for (let i = 0; i < read / 8; i++) {
      const entry = entries.readBigUInt64LE(i * 8);
      if ((entry & (3n << 62n)) === 0n) continue;
      if (!shared && inode !== '0' && (entry & (1n << 61n)) !== 0n) continue;
      readSync(memory, bytes, 0, PAGE_SIZE, (start + i) * PAGE_SIZE);
      const text = bytes.toString('latin1');
      if (text !== zeros) pages.set(start + i, text);
    }
  }
  closeSync(memory);
  closeSync(pagemap);
  return pages;
}

function merged(directory: string, number: number): Map<number, string> {
  const pages = new Map<number, string>();
  const zeros = Buffer.alloc(PAGE_SIZE).toString('latin1');
  DumpSeries.open(directory).forEachPage(number, (page, bytes) => {
    const text = Buffer.from(bytes).toString('latin1');
    if (text !== zeros) pages.set(page, text);
  });
  return pages;
}

function differences(a: Map<number, string>, b: Map<number, string>): string[] {
  const pages = new Set([...a.keys(), ...b.keys()]);
  return [...pages]
    .filter((page) => a.get(page) !== b.get(page))
    .map((page) => (page * PAGE_SIZE).toString(16));
}

/** Changes the manifest of a dump, of which nothing else has a checksum. */
function change(directory: string, number: number, edit: (manifest: Record<string, unknown>) => void): void {
  const path = join(dumpFolder(directory, number), 'dump.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  edit(manifest);
  writeFileSync(path, JSON.stringify(manifest));
}

describe('a series of dumps', () => {
  it(`merges to what the program holds, byte for byte, in ${ROUNDS} rounds under load`, async () => {
    const { program, source } = await startProgram(8);
    const directory = join(folder, 'series');
    const dumper = new Dumper(source, directory, null);
    let whole = 0;
    const increments: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      // A dump while the program runs: what it writes meanwhile is in the next one.
      const firstDump = await dumper.take();
      await signal(program.pid, 'SIGSTOP');
      const { manifest, pages } = await dumper.take();
      const number = 2 * round;
      expect(firstDump.manifest).toMatchObject({
        number: number - 1,
        kind: round === 1 ? 'full' : 'increment',
      });
      expect(manifest).toMatchObject({ number, kind: 'increment', unread: [] });
      expect(differences(merged(directory, number), truth(program.pid))).toEqual([]);
      if (round === 1) whole = firstDump.pages;
      else increments.push(firstDump.pages, pages);
      await signal(program.pid, 'SIGCONT');
    }
    expect(whole).toBeGreaterThan(2048);
    // How much is written between two of them depends on the machine.
    expect(Math.max(...increments)).toBeGreaterThan(10);
    expect(Math.min(...increments)).toBeLessThan(whole / 2);
    const series = DumpSeries.open(directory);
    series.verify();
    mergeDumps(series, 2 * ROUNDS, join(folder, 'merged'));
    expect(differences(merged(join(folder, 'merged'), 1), merged(directory, 2 * ROUNDS))).toEqual([]);
    expect(program.child.exitCode).toBeNull();
  }, 300_000);

  it('of a running program is of one point in time: what it wrote last is in it, and it continues', async () => {
    const { program, source } = await startProgram(4);
    const dumper = new Dumper(source, join(folder, 'series'), null);
    const first = await dumper.take();
    const second = await dumper.take();
    expect([first.manifest.threads, second.manifest.threads]).toEqual([5, 5]);
    expect(second.manifest.stoppedNs).toBeGreaterThan(0);
    expect(second.pages).toBeLessThan(first.pages);
    DumpSeries.open(join(folder, 'series')).verify();
    expect(program.child.exitCode).toBeNull();
  });

  it('that is damaged is refused with what is wrong', async () => {
    const { source } = await startProgram(1);
    const directory = join(folder, 'series');
    const dumper = new Dumper(source, directory, null);
    for (let i = 0; i < 3; i++) await dumper.take();
    expect(() => new Dumper(source, directory, null)).toThrow(/is not empty/);
    const file = join(dumpFolder(directory, 2), 'pages.bin');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(file, bytes);
    expect(() => DumpSeries.open(directory).verify()).toThrow(
      /0002 is damaged: the checksum of its pages is wrong/,
    );
    const manifest = join(dumpFolder(directory, 3), 'dump.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"number":3', '"number":4'));
    expect(() => DumpSeries.open(directory)).toThrow(/0003 is damaged: it has another number/);
    rmSync(dumpFolder(directory, 2), { recursive: true });
    expect(() => DumpSeries.open(directory)).toThrow(/dump 2 is missing/);
    expect(() => DumpSeries.open(folder)).toThrow(/contains no dump/);
    expect(() => DumpSeries.open(join(folder, 'none'))).toThrow('there is no such file or folder (ENOENT)');
  });

  it('whose manifest names pages that are in no file is refused at once', async () => {
    const { source } = await startProgram(1);
    const directory = join(folder, 'series');
    await new Dumper(source, directory, null).take();
    const path = join(dumpFolder(directory, 1), 'dump.json');
    const text = readFileSync(path);
    for (const [edit, message] of [
      [{ own: [['0x1000', 2 ** 50]], unread: [['0x1000', 2 ** 50]] }, /"own" has more than \d+ pages/],
      [{ unread: [['0x1000', 2 ** 50]] }, /"unread" has more than \d+ pages/],
      [{ pages: [['0x1000', 2 ** 50, 0]] }, /"pages" has more than \d+ pages/],
      [
        {
          pages: [
            ['0x3000', 1, 0],
            ['0x1000', 1, 0],
          ],
        },
        /"pages" is not in ascending order/,
      ],
      [{ own: [['0x1000', 1]], pages: [['0x1000', 1, 2 ** 40]] }, /its pages end too early/],
    ] as const) {
      change(directory, 1, (manifest) => Object.assign(manifest, edit));
      expect(() => DumpSeries.open(directory).verify()).toThrow(message);
      writeFileSync(path, text);
    }
    DumpSeries.open(directory).verify();
  });

  it('is not begun if the directory cannot be created, nor merged up to a dump that is missing', async () => {
    const { source } = await startProgram(1);
    expect(() => new Dumper(source, '/proc/none/series', null)).toThrow(/could not be written/);
    await new Dumper(source, join(folder, 'series'), null).take();
    const out = join(folder, 'merged');
    expect(() => mergeDumps(DumpSeries.open(join(folder, 'series')), 2, out)).toThrow('There is no dump 2');
    expect(existsSync(out)).toBe(false);
  });

  it('that cannot be merged leaves nothing behind', async () => {
    const { source } = await startProgram(1);
    const directory = join(folder, 'series');
    await new Dumper(source, directory, null).take();
    change(directory, 1, (manifest) => Object.assign(manifest, { own: [['0x1000', 1]] }));
    const out = join(folder, 'merged');
    expect(() => mergeDumps(DumpSeries.open(directory), 1, out)).toThrow('which no dump has');
    expect(existsSync(out)).toBe(false);
    // A directory of the user's stays.
    mkdirSync(out);
    expect(() => mergeDumps(DumpSeries.open(directory), 1, out)).toThrow('which no dump has');
    expect(readdirSync(out)).toEqual([]);
  });

  it('in which a pipe has the place of a file is refused, and not waited for', async () => {
    const { source } = await startProgram(1);
    const directory = join(folder, 'series');
    await new Dumper(source, directory, null).take();
    for (const name of ['dump.json', 'pages.bin']) {
      const path = join(dumpFolder(directory, 1), name);
      const bytes = readFileSync(path);
      rmSync(path);
      execFileSync('mkfifo', [path]);
      expect(() => DumpSeries.open(directory).verify()).toThrow(`${name} is not a file`);
      rmSync(path);
      writeFileSync(path, bytes);
    }
  });
});
