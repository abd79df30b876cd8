/**
 * GetWriteWatch with reset of 64 MiB of which 1 % was written: Wine's own, and the inspector's over the same process in the
 * same run; and what a first write costs the program with each. `npm run test:wine -- bench`.
 */
import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import { NativeSource } from '../../native/native-source.ts';
import { SourceTracker } from '../page-tracker.ts';
import { WRITE_WATCH_FLAG_RESET } from '../windows.ts';
import { WriteWatches } from '../write-watches.ts';
import { WineProgram } from './wine-program.ts';

const BYTES = 2 ** 26;
const PAGES = BYTES / PAGE_SIZE;
const STRIDE = 100 * PAGE_SIZE;
const ROUNDS = 200;
const WRITTEN = Math.ceil(BYTES / STRIDE);

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const µs = (ns: number) => `${(ns / 1000).toFixed(1)} µs`;

const wine = await WineProgram.start();
try {
  const base = await wine.allocateWatched(BYTES);
  // The first round makes the pages present.
  await wine.time(WRITE_WATCH_FLAG_RESET, base, BYTES, 10, PAGE_SIZE);
  const theirs: number[] = [];
  const theirWrites: number[] = [];
  for (let round = 0; round < ROUNDS / 10; round++) {
    const { callsNs, writesNs, pages } = await wine.time(WRITE_WATCH_FLAG_RESET, base, BYTES, 10, STRIDE);
    if (pages !== WRITTEN * 10) throw new Error(`${pages} pages instead of ${WRITTEN * 10}`);
    theirs.push(callsNs / 10);
    theirWrites.push(writesNs / 10 / WRITTEN);
  }

  const source = await NativeSource.attach(wine.pid, { backend: 'write-protect' });
  const watches = new WriteWatches(new SourceTracker(source));
  const first = pageOfAddress(base);
  await watches.watch(first, PAGES);
  const places = Array.from({ length: WRITTEN }, (_, i) => first + (i * STRIDE) / PAGE_SIZE);
  const ours: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await wine.write(...places);
    const began = performance.now();
    const { addresses } = await watches.get({
      ...{ flags: WRITE_WATCH_FLAG_RESET, base, size: BigInt(BYTES) },
      ...{ addresses: true, count: PAGES, granularity: true },
    });
    ours.push((performance.now() - began) * 1e6);
    if (addresses.length !== WRITTEN) throw new Error(`${addresses.length} pages instead of ${WRITTEN}`);
    await wine.watches.reset(base, BigInt(BYTES));
  }
  const { writesNs } = await wine.time(WRITE_WATCH_FLAG_RESET, base, BYTES, 10, STRIDE);
  const bothWrites = writesNs / 10 / WRITTEN;
  await source.close();

  console.log(
    `GetWriteWatch with reset, 64 MiB, ${WRITTEN} of ${PAGES} pages written, median of ${ROUNDS} calls`,
  );
  console.log(`  Wine's own, in the program     ${µs(median(theirs)).padStart(12)}`);
  const ratio = median(ours) / median(theirs);
  console.log(
    `  the inspector's, from outside  ${µs(median(ours)).padStart(12)}  ${ratio.toFixed(2)} times Wine's`,
  );
  console.log('A first write to a page, in the program');
  console.log(`  with Wine's write watch        ${µs(median(theirWrites)).padStart(12)}`);
  console.log(
    `  with both                      ${µs(bothWrites).padStart(12)}  (the first after each reset of Wine's alone)`,
  );
} finally {
  await wine.end();
}
