/**
 * The inspector's own processor time: 20 samples a second of a program of 4 GiB that writes 1 % of its pages between two of
 * them, beside a C program that asks the kernel the same, in turn. On a busy machine a session leaves samples out: its time is
 * that of so many samples as were due.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFrame } from '#shared/frame/codec.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { Session } from '../session/session.ts';
import { BaselineInC } from './bench/baseline-in-c.ts';
import { NativeSource } from './native-source.ts';

const PAGES = 2 ** 20;
const HZ = 20;
const SECONDS = 3;
const ROUNDS = 5;

/** What `task`, which takes SECONDS, takes of a core, in percent. */
async function load(task: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await task();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e4 / SECONDS;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

function row(label: string, values: readonly number[], baseline: readonly number[]): void {
  const ratio = median(values.map((value, i) => value / (baseline[i] ?? NaN)));
  const figures = `${median(values).toFixed(1).padStart(6)} % of a core  (${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)})`;
  console.log(`${label.padEnd(36)}${figures.padEnd(40)}${ratio.toFixed(2)} × C`);
}

const script = `
  const memory = Buffer.alloc(${PAGES} * 4096, 1);
  let at = 0;
  setInterval(() => {
    for (let i = 0; i < ${PAGES} / 100; i++, at = (at + 97) % ${PAGES}) memory[at * 4096]++;
  }, ${1000 / HZ});
  console.log('ready');`;
const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
await new Promise((resolve) => child.stdout.once('data', resolve));
const pid = Number(child.pid);
const source = await NativeSource.attach(pid);
const session = new Session(() => Promise.resolve(source));
let frames = 0;
session.listen({
  frame: (frame) => {
    encodeFrame(frame);
    frames++;
  },
});
await session.configure({ mode: 'interval', hz: HZ });
await session.open({ kind: 'native', pid });
await sleep(1500);
const tiles = new TileSet();
const measured: Record<'inC' | 'scans' | 'session', number[]> = { inC: [], scans: [], session: [] };
const taken: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  await session.configure({ paused: true });
  measured.inC.push((await BaselineInC.watch(pid, HZ, SECONDS)) ?? NaN);
  const sampling = async () => {
    const begin = performance.now();
    for (let i = 1; i <= SECONDS * HZ; i++) {
      tiles.clear();
      await source.sample({ mode: 'interval', tiles, state: i % HZ === 0 });
      await sleep(Math.max(0, begin + (i * 1000) / HZ - performance.now()));
    }
  };
  measured.scans.push(await load(sampling));
  await session.configure({ paused: false });
  frames = 0;
  const used = await load(() => sleep(SECONDS * 1000));
  measured.session.push((used * HZ * SECONDS) / frames);
  taken.push(frames);
}
console.log(`${HZ} samples a second, 4 GiB, 1 % written in between, median of ${ROUNDS} rounds in turn`);
row('the scans in C', measured.inC, measured.inC);
row('the source alone', measured.scans, measured.inC);
row('with the session and its frames', measured.session, measured.inC);
console.log(`the session took ${taken.join(', ')} of ${HZ * SECONDS} samples`);
await session.close();
child.kill('SIGKILL');
