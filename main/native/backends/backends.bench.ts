/**
 * What a sample of a program with 256 MiB costs with each backend that works here, 1 % of its pages written in between,
 * beside the first of them: get and clear of the whole program, in nanoseconds per page.
 */
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { LaunchedSource } from '../../session/launch/launched-source.ts';
import { prepareLaunch } from '../launch.ts';
import { runProbe } from '../probe/probe.ts';
import { call } from '../syscalls/call.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { storeWord } from '../syscalls/ffi.ts';

const PAGES = 2 ** 16;
const STEP = 100;
const ROUNDS = 20;
const CHILD = '--as-program';

/** The program: writes one page in a hundred at each SIGUSR2, and acknowledges. */
function program(): void {
  const flags = MMAP.MAP_PRIVATE | MMAP.MAP_ANONYMOUS;
  const address = call(
    'mmap',
    SYS.mmap,
    0,
    PAGES * PAGE_SIZE,
    MMAP.PROT_READ | MMAP.PROT_WRITE,
    flags,
    -1,
    0,
  );
  call('madvise', SYS.madvise, address, PAGES * PAGE_SIZE, MMAP.MADV_NOHUGEPAGE);
  let value = 0n;
  const write = (step: number) => {
    value++;
    for (let page = 0; page < PAGES; page += step) storeWord(BigInt(address + page * PAGE_SIZE), value);
    process.stdout.write('.');
  };
  process.on('SIGUSR2', () => write(STEP));
  setInterval(() => undefined, 1000);
  write(1);
}

async function measure(
  backend: 'write-protect' | 'preload' | 'soft-dirty' | 'compare',
  freeze: boolean,
): Promise<number> {
  const args = [process.argv[1] ?? '', CHILD];
  const prepared = prepareLaunch(
    { command: process.execPath, args, cwd: null, env: {} },
    { backend, freeze },
  );
  const source = await LaunchedSource.open(prepared.request, (pid) => prepared.attach(pid));
  prepared.close();
  let acknowledged = 0;
  let onOutput: () => void = () => undefined;
  source.onEvent((event) => {
    if (event.type !== 'output') return;
    acknowledged += event.text.length;
    onOutput();
  });
  const written = async (times: number) => {
    while (acknowledged < times) await new Promise<void>((resolve) => (onOutput = resolve));
  };
  await written(1);
  const tiles = new TileSet();
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    tiles.clear();
    const begin = process.hrtime.bigint();
    await source.sample({ mode: 'interval', tiles, state: false });
    best = Math.min(best, Number(process.hrtime.bigint() - begin) / PAGES);
    process.kill(source.description.pid ?? 0, 'SIGUSR2');
    await written(round + 2);
  }
  if (tiles.count(Plane.Written) < PAGES / STEP) throw new Error(`${backend} missed what was written`);
  await source.execution.control('kill');
  await source.close();
  return best;
}

async function main(): Promise<void> {
  let first: number | undefined;
  for (const { id, available } of runProbe().backends) {
    if (!available) continue;
    for (const freeze of id === 'soft-dirty' ? [false, true] : [false]) {
      const cost = await measure(id, freeze);
      first ??= cost;
      const name = freeze ? `${id}, stopped` : id;
      console.log(
        `${name.padEnd(22)}${cost.toFixed(1).padStart(10)} ns per page  ratio ${(cost / first).toFixed(2)}`,
      );
    }
  }
}

if (process.argv.includes(CHILD)) program();
else {
  // A program that was launched does not keep us running.
  const awake = setInterval(() => undefined, 1000);
  await main();
  clearInterval(awake);
}
