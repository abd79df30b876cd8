/**
 * The effect of tracking on a program: the same program measured before, during and after `soft-dirty watch` is attached to
 * it at 20 samples a second, so that each figure comes with the unwatched one of the same run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HarmedProgram, Watch, withHarm, type Figures } from './bench/harm/harmed-program.ts';

interface Phases {
  readonly before: Figures;
  readonly attaching: Figures;
  readonly while: Figures;
  readonly detaching: Figures;
  readonly after: Figures;
}

/** Measures during `argument` in every phase; attaching and detaching happen within theirs. */
async function phases(program: HarmedProgram, argument: number, options: readonly string[]): Promise<Phases> {
  try {
    const before = await program.run(argument);
    const attached = program.run(argument);
    const watch = await Watch.start(program.pid, ...options);
    const attaching = await attached;
    const watched = await program.run(argument);
    const detached = program.run(argument);
    await watch.end();
    const detaching = await detached;
    return { before, attaching, while: watched, detaching, after: await program.run(argument) };
  } finally {
    program.kill();
  }
}

function table(title: string, measured: Phases, names: readonly string[]): void {
  console.log(`\n${title}`);
  console.log(
    ['', 'before', 'attaching', 'while', 'detaching', 'after'].map((word, i) => cell(word, i)).join(''),
  );
  for (const name of names) {
    const { before, attaching, while: watched, detaching, after } = measured;
    const cells = [before, attaching, watched, detaching, after].map((figures) => String(figures[name]));
    console.log([name, ...cells].map((word, i) => cell(word, i)).join(''));
  }
}

const cell = (word: string, i: number) => (i === 0 ? word.padEnd(14) : word.padStart(11));

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

interface Slowdown {
  /** The first two seconds in which a program that was idle writes. */
  readonly onset: number;
  /** The four seconds after these. */
  readonly then: number;
}

/** A, B, A, B …: rounds untracked and tracked in turn, so that a slow minute of the machine affects both. */
async function slowdown(program: string, options: readonly string[]): Promise<Slowdown> {
  const harmed = await HarmedProgram.start(program, 'dict', 10_000);
  const onset: number[] = [];
  const then: number[] = [];
  const cpu = async (rounds: number) => (await harmed.run(rounds))['cpu'] ?? NaN;
  const rounds = Math.round(2 / ((await harmed.run(100))['wall'] ?? 1)) * 100;
  for (let pair = 0; pair < 5; pair++) {
    const alone = [await cpu(rounds), await cpu(2 * rounds)] as const;
    const watch = await Watch.start(harmed.pid, ...options);
    await sleep(1500);
    onset.push((await cpu(rounds)) / alone[0]);
    then.push((await cpu(2 * rounds)) / alone[1]);
    await watch.end();
  }
  harmed.kill();
  return { onset: median(onset), then: median(then) };
}

await withHarm(async (program) => {
  const start = (...args: (string | number)[]) => HarmedProgram.start(program, ...args);
  table('mmap + munmap, 8 GiB present, µs', await phases(await start('stall', 8192, 0), 5, []), [
    'median',
    'p99',
    'longest',
    'write',
  ]);
  table('mmap + munmap, 30,000 VMAs, µs', await phases(await start('stall', 0, 30_000), 5, []), [
    'median',
    'p99',
    'longest',
    'write',
  ]);
  table('A heap that grows by 1,000 pages', await phases(await start('heap', 0), 1000, []), [
    'failed',
    'heap',
    'lines',
  ]);
  table('The same near vm.max_map_count', await phases(await start('heap', 65_000), 1000, []), [
    'failed',
    'heap',
  ]);
  table('200 sparse memfds of 1 GiB', await phases(await start('sparse', 200), 0, []), ['vmPteKib']);
  table('2 GiB of huge pages', await phases(await start('huge', 2048), 5, []), ['operations', 'hugeMib']);
  table('A mapping grown and moved', await phases(await start('calls'), 30, []), ['failed', 'calls']);
  console.log(
    '\n10,000 pages written in every interval, processor time relative to untracked, median of 5 pairs',
  );
  for (const options of [[], ['--exact']]) {
    const { onset, then } = await slowdown(program, options);
    const name = (options[0] ?? 'by default').padEnd(12);
    console.log(
      `  ${name}${onset.toFixed(3)} in the first 2 s after it was idle, ${then.toFixed(3)} afterwards`,
    );
  }
});
