/**
 * What the native engine costs, beside a C program that does the same in the same run: scans of 1 GiB in nanoseconds a
 * page, the stop of a program at an attach, its first write to a page after a clear, and the inspector's own time.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { takeDescriptor } from './attach/take-descriptor.ts';
import { NativeSource } from './native-source.ts';
import { call } from './syscalls/call.ts';
import { MMAP, PM_SCAN, SYS, UFFD } from './syscalls/constants.ts';
import { storeWord } from './syscalls/ffi.ts';
import { PagemapScan } from './tracking/pagemap-scan.ts';
import { PRIVATE_WRITTEN } from './tracking/queries.ts';
import { RegionList } from './tracking/region-list.ts';
import { Userfault } from './tracking/userfault.ts';

const PAGES = 2 ** 18;
const ROUNDS = 25;
const DENSITIES = [
  { percent: 0, step: 0 },
  { percent: 1, step: 100 },
  { percent: 50, step: 2 },
  { percent: 100, step: 1 },
];

interface Costs {
  percent: number;
  get: number;
  getAndClear: number;
}
interface Writes {
  tracked: number;
  untracked: number;
  mprotect: number;
}

function row(label: string, value: number, unit: string, baseline?: number, name = 'C'): void {
  const figure = `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`;
  const beside =
    baseline === undefined ? '' : `  ${name} ${baseline.toFixed(2)}  ratio ${(value / baseline).toFixed(2)}`;
  console.log(`${label.padEnd(40)}${figure.padStart(14)}${beside}`);
}

/** Builds the baseline; null without a C compiler. */
function compile(): { program: string; folder: string } | null {
  const folder = mkdtempSync(join(tmpdir(), 'native-bench-'));
  const program = join(folder, 'scan');
  try {
    execFileSync('cc', ['-O2', '-o', program, 'main/native/bench/scan.c'], { stdio: 'pipe' });
    return { program, folder };
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}

function measureC(program: string): { costs: Costs[]; writes: Writes } {
  const lines = execFileSync(program, [String(PAGES), String(ROUNDS)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Costs & Writes);
  return { costs: lines.slice(0, -1), writes: lines.at(-1) as Writes };
}

/** The same scans by the engine's own code, on memory of our own. */
function measureNode(): Costs[] {
  const { PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MADV_NOHUGEPAGE } = MMAP;
  const bytes = PAGES * PAGE_SIZE;
  const address = call(
    'mmap',
    SYS.mmap,
    0,
    bytes,
    PROT_READ | PROT_WRITE,
    MAP_PRIVATE | MAP_ANONYMOUS,
    -1,
    0,
  );
  call('madvise', SYS.madvise, address, bytes, MADV_NOHUGEPAGE);
  const write = (step: number) => {
    for (let page = 0; step > 0 && page < PAGES; page += step) {
      storeWord(BigInt(address + page * PAGE_SIZE), BigInt(page));
    }
  };
  write(1);
  const first = address / PAGE_SIZE;
  const userfault = new Userfault(ownUserfaultfd());
  userfault.register(first, first + PAGES);
  const pagemap = openSync('/proc/self/pagemap', 'r');
  const scan = new PagemapScan(pagemap);
  const list = new RegionList(PAGES);
  const time = (flags: number) => {
    list.clear();
    const begin = process.hrtime.bigint();
    scan.scan(PRIVATE_WRITTEN, flags, first, first + PAGES, list);
    return Number(process.hrtime.bigint() - begin) / PAGES;
  };
  const costs = DENSITIES.map(({ percent, step }) => {
    time(PM_SCAN.WP_MATCHING);
    write(step);
    const get = Math.min(...Array.from({ length: ROUNDS }, () => time(0)));
    const both = Array.from({ length: ROUNDS }, () => {
      write(step);
      return time(PM_SCAN.WP_MATCHING);
    });
    return { percent, get, getAndClear: Math.min(...both) };
  });
  userfault.close();
  closeSync(pagemap);
  call('munmap', SYS.munmap, address, bytes);
  return costs;
}

function ownUserfaultfd(): number {
  const flags = UFFD.O_CLOEXEC | UFFD.O_NONBLOCK;
  try {
    return call('userfaultfd', SYS.userfaultfd, flags);
  } catch {
    return call('userfaultfd', SYS.userfaultfd, flags | UFFD.USER_MODE_ONLY);
  }
}

/** How long the one thread stands still, over many attaches to a program that waits. */
async function stops(): Promise<void> {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await sleep(200);
  const times = Array.from({ length: 500 }, () => {
    const { uffd, pidfd, stoppedNs } = takeDescriptor(Number(child.pid));
    closeSync(uffd);
    closeSync(pidfd);
    return stoppedNs / 1000;
  }).sort((a, b) => a - b);
  child.kill('SIGKILL');
  row('stop at attach, median of 500', times[times.length / 2], 'µs');
  row('stop at attach, p99', times[Math.floor(times.length * 0.99)], 'µs');
}

/** A target of 4 GiB that writes 1 % of it between two samples, 20 times a second. */
async function load(): Promise<void> {
  const target = 2 ** 20;
  const script = `
    const memory = Buffer.alloc(${target} * 4096, 1);
    let at = 0;
    setInterval(() => {
      for (let i = 0; i < ${target} / 100; i++, at = (at + 97) % ${target}) memory[at * 4096]++;
    }, 50);
    console.log('ready');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const source = await NativeSource.attach(Number(child.pid));
  const tiles = new TileSet();
  const seconds = 5;
  for (let i = 0; i < 20; i++) await source.sample({ mode: 'interval', tiles, state: i === 0 });
  const before = process.cpuUsage();
  const begin = performance.now();
  for (let i = 0; i < seconds * 20; i++) {
    tiles.clear();
    await source.sample({ mode: 'interval', tiles, state: i % 20 === 0 });
    await sleep(Math.max(0, begin + (i + 1) * 50 - performance.now()));
  }
  const used = process.cpuUsage(before);
  row('CPU at 20 samples/s, 4 GiB, 1 % churn', (used.user + used.system) / 1e4 / seconds, '% of a core');
  await source.close();
  child.kill('SIGKILL');
}

console.log(
  `1 GiB, ${readFileSync('/proc/sys/kernel/osrelease', 'latin1').trim()}, best of ${ROUNDS}; C best of ${2 * ROUNDS}, before and after`,
);
const built = compile();
if (!built) console.log('No C compiler (cc): no baseline.');
// Twice, before and after, for what else the machine does.
const before = built && measureC(built.program);
const ours = measureNode();
const after = built && measureC(built.program);
for (const [i, cost] of ours.entries()) {
  for (const [name, label] of [
    ['get', 'get'],
    ['getAndClear', 'get+clear'],
  ] as const) {
    const baseline = before && after ? Math.min(before.costs[i][name], after.costs[i][name]) : undefined;
    row(`${label}, ${cost.percent} % written`, cost[name], 'ns/page', baseline);
  }
}
if (after) {
  const { tracked, untracked, mprotect } = after.writes;
  row("a program's write, untracked", untracked, 'ns');
  row("a program's first write after a clear", tracked, 'ns', mprotect, 'mprotect + SIGSEGV');
}
await stops();
await load();
if (built) rmSync(built.folder, { recursive: true });
