/**
 * What watching writers costs a program, measured by the program itself: the time of a write that is shown, without and with its
 * stack; its speed at the default bounds beside that alone; and how many writes a second a watchpoint counts without loss.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from './native-source.ts';
import { Symbols } from './symbols/symbols.ts';
import { build } from './testing/built-program.ts';
import { Conversation } from './testing/c-program.ts';
import { Watchpoint } from './watchpoint/watchpoint.ts';
import { named } from './writers/place-names.ts';
import { WriterWatch } from './writers/writer-watch.ts';

const PAGES = 64;
const ROUNDS = 60;
const DEFAULTS = { intervalMs: 100, maxRate: 1000, maxShare: 0.05, stacks: false };
const UNBOUNDED = { intervalMs: 15, maxRate: 1e7, maxShare: 1 };
const WRONG_EVENTS = 100_000;

const compiled = build('cc', 'main/native/bench/timed-writes.c', '-O1', '-g');
// Below a shell: threads of a child of this process are not stopped for their registers.
const program = new Conversation('/bin/sh', '-c', 'exec 3<&0; "$0" <&3 & wait', compiled.path);
const address = BigInt(await program.line());
const first = Number(address / 4096n);
const pid = Number(readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8'));
const ranges = [{ start: first, end: first + PAGES }];

async function watching<T>(options: typeof DEFAULTS, work: (state: WatchState) => Promise<T>): Promise<T> {
  const symbols = new Symbols(pid);
  const state: WatchState = { events: 0, wrong: 0, namingMs: 0, pauses: 0 };
  const watch = await WriterWatch.start(pid, {
    ...{ ranges, ...options },
    onWrites: (writes) => {
      const begin = performance.now();
      for (const write of writes) {
        state.events++;
        if (named(write, symbols).place.function !== 'write_page' || write.tid !== pid) state.wrong++;
      }
      state.namingMs += performance.now() - begin;
    },
    onEnd: (reason) => console.log(`ended: ${reason}`),
  });
  try {
    return await work(state);
  } finally {
    await watch.stop();
    state.pauses = watch.pauses;
    symbols.close();
  }
}

interface WatchState {
  events: number;
  wrong: number;
  namingMs: number;
  pauses: number;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

async function roundTrip(name: string, stacks: boolean): Promise<void> {
  const [, state] = await watching({ ...UNBOUNDED, stacks }, async (found) => {
    await sleep(200);
    const answer = await program.ask(`each ${ROUNDS}`);
    const [mid, late, events] = answer.split(' ').map(Number);
    console.log(
      `${name}: median ${(mid / 1000).toFixed(0)} µs, p99 ${(late / 1000).toFixed(0)} µs (${events} writes)`,
    );
    return [answer, found] as const;
  });
  console.log(
    `  named by us: ${state.events}, ${(state.namingMs / state.events).toFixed(3)} ms each, ${state.wrong} wrong`,
  );
}

console.log(`unwatched: median ${(await program.ask('each 5')).split(' ')[0]} ns a write`);
await roundTrip('without stack', false);
await roundTrip('with stack', true);

/** Sampled page faults beside tracking: each interval's first writes cost the fault and its sample. */
async function byFaults<T>(watched: boolean, stacks: boolean, work: () => Promise<T>): Promise<T> {
  const source = await NativeSource.attach(pid, { backend: 'write-protect', exact: true });
  const tiles = new TileSet();
  let [writes, over] = [0, false];
  if (watched)
    source.writerSampling.watch({ ranges, stacks, onWrites: (found) => void (writes += found.length) });
  const sampling = (async () => {
    while (!over) {
      tiles.clear();
      await source.sample({ mode: 'interval', tiles, state: false, explicit: true });
      await sleep(15);
    }
  })();
  const result = await work();
  over = true;
  await sampling;
  if (watched) console.log(`  ${writes} writes, ${source.writerSampling.lost} faults lost`);
  await source.close();
  return result;
}

for (const [name, watched, stacks] of [
  ['tracked alone', false, false],
  ['with writers by page faults', true, false],
  ['with their stacks', true, true],
] as const) {
  const answer = await byFaults(watched, stacks, () => program.ask(`each ${ROUNDS}`));
  const [mid, late, events] = answer.split(' ').map(Number);
  console.log(
    `${name}: median ${(mid / 1000).toFixed(1)} µs, p99 ${(late / 1000).toFixed(0)} µs (${events} writes)`,
  );
}

const shares: number[] = [];
for (let i = 0; i < 5; i++) {
  const alone = Number(await program.ask('loop 2'));
  const watched = await watching(DEFAULTS, async () => Number(await program.ask('loop 2')));
  shares.push(1 - watched / alone);
}
console.log(
  `share of the program's time at the default bounds: median ${(100 * median(shares)).toFixed(1)} % (aim ≤ 5)`,
);

const begin = performance.now();
await watching({ ...UNBOUNDED, intervalMs: 1, stacks: false }, async (state) => {
  while (state.events < WRONG_EVENTS) await program.ask('loop 1');
  const seconds = (performance.now() - begin) / 1000;
  console.log(`${state.events} writes in ${seconds.toFixed(0)} s, ${state.wrong} attributed wrongly`);
});

const watchpoint = new Watchpoint(pid, { address, size: 8, stacks: false });
const WORDS = 400_000;
const started = performance.now();
const done = program.ask(`word ${WORDS}`);
let counted = 0;
let lost = 0;
let over = false;
void done.then(() => (over = true));
while (!over) {
  await sleep(1);
  const found = watchpoint.poll();
  counted += found.events.length;
  lost += found.lost;
}
const seconds = (performance.now() - started) / 1000;
const rest = watchpoint.poll();
counted += rest.events.length;
lost += rest.lost;
watchpoint.close();
console.log(
  `watchpoint: ${(WORDS / seconds / 1000).toFixed(0)} thousand writes a second, ${counted} of ${WORDS} shown, ${lost} lost`,
);
await program.kill();
compiled.remove();
