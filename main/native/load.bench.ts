/**
 * The inspector's own processor time: 20 samples a second of a program of 4 GiB that writes 1 % of its pages between two of
 * them, beside C programs that ask the kernel the same, in turn.
 *
 * What a sample costs depends above all on what the program does meanwhile: PAGEMAP_SCAN flushes the TLB of every processor
 * that runs the program, by an interrupt for each page table in which it protects something. So there are two programs: one that writes in the
 * middle between two samples and sleeps during them, one that writes all the time. All samples keep to the same clock.
 *
 * Compilation by V8 is not in it: most of it is over after ten seconds. On a busy machine samples are left out, in C too: the time is
 * that of as many samples as were due.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { encodeFrame } from '#shared/frame/codec.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { Session } from '../session/session.ts';
import { nextDue } from '../session/ticker.ts';
import { withBenchProgram } from './bench/baseline-in-c.ts';
import { NativeSource } from './native-source.ts';

const MIB = 4096;
const HZ = 20;
const PERIOD_NS = BigInt(1e9 / HZ);
const SECONDS = 3;
const ROUNDS = 5;
const WARM_UP_MS = 10_000;
/** Mapped pages in a call of the bounded program in C, which then takes 0.2 to 0.4 ms. */
const PIECE_PAGES = 2 ** 16;

/** Samples for SECONDS: the load in percent of a core, and pages of a sample. */
interface Measured {
  readonly load: number;
  readonly pages: number;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** Resolves when CLOCK_MONOTONIC is about a multiple of the period. */
const nextPeriod = () => sleep(Number(PERIOD_NS - (process.hrtime.bigint() % PERIOD_NS)) / 1e6);

async function measured(task: () => Promise<{ samples: number; pages: number }>): Promise<Measured> {
  await nextPeriod();
  const before = process.cpuUsage();
  const { samples, pages } = await task();
  const used = process.cpuUsage(before);
  const share = (samples / (SECONDS * HZ)) * SECONDS * 1e4;
  return { load: (used.user + used.system) / share, pages: pages / samples };
}

async function inC(program: string, pid: number, pages: number): Promise<Measured> {
  const args = ['sample', pid, HZ, SECONDS, pages].map(String);
  return JSON.parse((await promisify(execFile)(program, args)).stdout) as Measured;
}

async function scans(source: NativeSource): Promise<{ samples: number; pages: number }> {
  const tiles = new TileSet();
  const end = performance.now() + SECONDS * 1000 - 500 / HZ;
  let [samples, pages] = [0, 0];
  for (let due = performance.now(); due < end; due = nextDue(due, 1000 / HZ, performance.now())) {
    await sleep(Math.max(0, due - performance.now()));
    tiles.clear();
    await source.sample({ mode: 'interval', tiles, state: ++samples % HZ === 0 });
    pages += tiles.count(Plane.Written);
  }
  return { samples, pages };
}

async function rounds(program: string, writes: 'apart' | 'always'): Promise<void> {
  const child = spawn(program, ['program', MIB, HZ, writes].map(String), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const pid = Number(child.pid);
  const source = await NativeSource.attach(pid);
  const session = new Session(() => Promise.resolve(source));
  let [frames, pages] = [0, 0];
  session.listen({
    frame: (frame) => {
      encodeFrame(frame);
      frames++;
      pages += frame.writtenPages;
    },
  });
  await session.configure({ mode: 'interval', hz: HZ });
  await nextPeriod();
  await session.open({ kind: 'native', pid });
  await sleep(WARM_UP_MS);
  const rows: Readonly<Record<string, Measured[]>> = {
    'C, in one call': [],
    'C, in bounded calls': [],
    'the source alone': [],
    'with the session and its frames': [],
  };
  const [plain, bounded, alone, whole] = Object.values(rows);
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await session.configure({ paused: true });
    plain.push(await inC(program, pid, 0));
    bounded.push(await inC(program, pid, PIECE_PAGES));
    alone.push(await measured(() => scans(source)));
    await nextPeriod();
    await session.configure({ paused: false });
    await sleep(100);
    const result = await measured(async () => {
      [frames, pages] = [0, 0];
      await sleep(SECONDS * 1000);
      return { samples: frames, pages };
    });
    whole.push(result);
    taken.push(frames);
  }
  console.log(
    `\n${HZ} samples a second, 4 GiB, 1 % written ${writes === 'apart' ? 'between two samples' : 'all the time'}`,
  );
  console.log(
    `${''.padEnd(36)}${['% of a core', 'range', 'pages', '× one call', '× bounded'].map((word) => word.padStart(14)).join('')}`,
  );
  for (const [label, values] of Object.entries(rows)) {
    const loads = values.map(({ load }) => load);
    const ratio = (baseline: readonly Measured[]) =>
      median(loads.map((load, i) => load / baseline[i].load)).toFixed(2);
    const range = `${Math.min(...loads).toFixed(1)}–${Math.max(...loads).toFixed(1)}`;
    const found = String(Math.round(median(values.map((value) => value.pages))));
    console.log(
      `${label.padEnd(36)}${[median(loads).toFixed(1), range, found, ratio(plain), ratio(bounded)].map((word) => word.padStart(14)).join('')}`,
    );
  }
  console.log(`the session took ${taken.join(', ')} of ${HZ * SECONDS} samples`);
  await session.close();
  child.kill('SIGKILL');
}

const built = await withBenchProgram('load', async (program) => {
  for (const writes of ['apart', 'always'] as const) await rounds(program, writes);
  return true;
});
if (built === null) console.log('No C compiler.');
