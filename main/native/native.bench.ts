/**
 * What the native engine costs, beside a C program that does the same in the same run: scans of 1 GiB in nanoseconds a
 * page, the stop of a program at an attach, and its first write to a page after a clear.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { MAX_SNAPSHOT_PAGES } from '#shared/source/snapshot.ts';
import { BaselineInC, type Scanner } from './bench/baseline-in-c.ts';
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
/** Other load can only add time, so the best of many rounds counts; the engine and the C program take turns. */
const ROUNDS = 40;
const DENSITIES = [
  { percent: 0, step: 0 },
  { percent: 1, step: 100 },
  { percent: 50, step: 2 },
  { percent: 100, step: 1 },
];

function row(label: string, value: number, unit: string, baseline?: number, name = 'C'): void {
  const figure = `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`;
  const beside =
    baseline === undefined ? '' : `  ${name} ${baseline.toFixed(2)}  ratio ${(value / baseline).toFixed(2)}`;
  console.log(`${label.padEnd(40)}${figure.padStart(14)}${beside}`);
}

/** The engine's own code. */
class Ours implements Scanner {
  private readonly address: number;
  private readonly first: number;
  private readonly list = new RegionList(PAGES);
  private readonly pagemap: PagemapScan;
  /** Keeps the registration. */
  readonly userfault: Userfault;

  constructor() {
    const { PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MADV_NOHUGEPAGE } = MMAP;
    const bytes = PAGES * PAGE_SIZE;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS;
    this.address = call('mmap', SYS.mmap, 0, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    call('madvise', SYS.madvise, this.address, bytes, MADV_NOHUGEPAGE);
    this.first = this.address / PAGE_SIZE;
    this.store(1);
    this.userfault = new Userfault(ownUserfaultfd());
    this.userfault.register(this.first, this.first + PAGES);
    this.pagemap = new PagemapScan(openSync('/proc/self/pagemap', 'r'));
  }

  prepare = (step: number) => {
    this.time(PM_SCAN.WP_MATCHING);
    return this.write(step);
  };
  write = (step: number) => Promise.resolve(this.store(step));
  get = () => Promise.resolve(this.time(0));
  clear = () => Promise.resolve(this.time(PM_SCAN.WP_MATCHING));

  private store(step: number): void {
    for (let page = 0; step > 0 && page < PAGES; page += step) {
      storeWord(BigInt(this.address + page * PAGE_SIZE), BigInt(page));
    }
  }

  private time(flags: number): number {
    this.list.clear();
    const begin = process.hrtime.bigint();
    this.pagemap.scan(PRIVATE_WRITTEN, flags, this.first, this.first + PAGES, this.list);
    return Number(process.hrtime.bigint() - begin) / PAGES;
  }
}

async function scans(): Promise<void> {
  const baseline = await BaselineInC.build(PAGES);
  if (!baseline) console.log('No C compiler (cc): no baseline.');
  const scanners: Scanner[] = baseline ? [new Ours(), baseline] : [new Ours()];
  for (const { percent, step } of DENSITIES) {
    const get = scanners.map(() => Infinity);
    const clear = scanners.map(() => Infinity);
    for (const scanner of scanners) await scanner.prepare(step);
    for (let round = 0; round < ROUNDS * scanners.length; round++) {
      const i = round % scanners.length;
      get[i] = Math.min(get[i], await scanners[i].get());
    }
    for (let round = 0; round < ROUNDS * scanners.length; round++) {
      const i = round % scanners.length;
      await scanners[i].write(step);
      clear[i] = Math.min(clear[i], await scanners[i].clear());
    }
    row(`get, ${percent} % written`, get[0], 'ns/page', get[1]);
    row(`get+clear, ${percent} % written`, clear[0], 'ns/page', clear[1]);
  }
  if (!baseline) return;
  const { tracked, untracked, mprotect } = await baseline.writes();
  row("a program's write, untracked", untracked, 'ns');
  row("a program's first write after a clear", tracked, 'ns', mprotect, 'mprotect + SIGSEGV');
}

function ownUserfaultfd(): number {
  const flags = UFFD.O_CLOEXEC | UFFD.O_NONBLOCK;
  try {
    return call('userfaultfd', SYS.userfaultfd, flags);
  } catch {
    return call('userfaultfd', SYS.userfaultfd, flags | UFFD.USER_MODE_ONLY);
  }
}

/** How long the one thread is stopped, over many attaches to a program that waits. */
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

/** How long all threads are stopped for an exact snapshot. */
async function snapshots(): Promise<void> {
  const script = `
    const { Worker } = require('node:worker_threads');
    const memory = Buffer.alloc(2 ** 26, 1);
    for (let i = 0; i < 17; i++) new Worker('setInterval(() => {}, 1000)', { eval: true });
    setTimeout(() => console.log('ready'), 1500);
    setInterval(() => memory[5]++, 1);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const source = await NativeSource.attach(Number(child.pid));
  const { vmas } = await source.sample({ mode: 'hold', tiles: new TileSet(), state: false });
  const firstPage = vmas.find(({ start, end, write }) => write && end - start >= 2 ** 14)?.start ?? 0;
  for (const pages of [1, MAX_SNAPSHOT_PAGES]) {
    const times: number[] = [];
    let threads = 0;
    for (let i = 0; i < 200; i++) {
      const snapshot = await source.snapshot(firstPage, pages);
      times.push(snapshot.stoppedNs / 1000);
      threads = snapshot.threads;
    }
    times.sort((a, b) => a - b);
    row(
      `snapshot of ${pages === 1 ? '1 page' : `${pages} pages`}, ${threads} threads`,
      times[times.length / 2],
      'µs',
    );
  }
  await source.close();
  child.kill('SIGKILL');
}

console.log(`1 GiB, ${readFileSync('/proc/sys/kernel/osrelease', 'latin1').trim()}, best of ${ROUNDS}`);
await scans();
await stops();
await snapshots();
