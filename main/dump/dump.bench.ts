/**
 * Dumps of a program of 1 GiB that writes 1 % of its pages between two of them: size and time of an increment, and how long
 * the program is stopped, beside reading all of its memory while it is stopped (what a dump without tracking has to do).
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NativeSource } from '../native/native-source.ts';
import { Dumper, type Taken } from './dumper.ts';

const PAGES = 2 ** 18;
const ROUNDS = 20;

const script = `
  const memory = Buffer.alloc(${PAGES} * 4096, 1);
  let at = 0;
  process.stdin.on('data', () => {
    for (let i = 0; i < ${PAGES} / 100; i++, at = (at + 97) % ${PAGES}) memory[at * 4096]++;
    console.log('written');
  });
  console.log('ready');`;

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
const line = () => new Promise((resolve) => child.stdout.once('data', resolve));
const folder = mkdtempSync(join(tmpdir(), 'dump-bench-'));
try {
  await line();
  const pid = Number(child.pid);
  const source = await NativeSource.attach(pid);
  const dumper = new Dumper(source, join(folder, 'series'), null);
  const full = await dumper.take();
  const taken: Taken[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const written = line();
    child.stdin.write('go\n');
    await written;
    taken.push(await dumper.take());
  }
  const begin = performance.now();
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const chunk = Buffer.alloc(2 ** 20);
  let read = 0;
  for (const [start, pages] of full.manifest.own)
    for (let at = start * 4096; at < (start + pages) * 4096; at += chunk.length)
      read += readSync(memory, chunk, 0, Math.min(chunk.length, (start + pages) * 4096 - at), at);
  closeSync(memory);
  const all = performance.now() - begin;
  await source.close();

  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const row = (name: string, bytes: number, ms: number, stoppedMs: number) =>
    console.log(
      `${name.padEnd(34)}${mib(bytes).padStart(12)}${`${ms.toFixed(1)} ms`.padStart(12)}${`${stoppedMs.toFixed(1)} ms`.padStart(12)}${(all / stoppedMs).toFixed(1).padStart(8)} ×`,
    );
  console.log(`${''.padEnd(34)}${'contents'.padStart(12)}${'time'.padStart(12)}${'stopped'.padStart(12)}`);
  row('all of it, read while stopped', read, all, all);
  row('full dump', full.bytes, full.tookMs, full.manifest.stoppedNs / 1e6);
  row(
    `increment, median of ${ROUNDS}`,
    median(taken.map(({ bytes }) => bytes)),
    median(taken.map(({ tookMs }) => tookMs)),
    median(taken.map(({ manifest }) => manifest.stoppedNs / 1e6)),
  );
} finally {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
}
