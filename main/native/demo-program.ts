/**
 * The demo program: a separate process with a 64 MiB buffer that it writes like a game, reporting on stdout which pages
 * it wrote, one JSON line a tick. Plain Node, or Electron with ELECTRON_RUN_AS_NODE=1.
 *
 *   --seed N                which game (default 1)
 *   --hz N                  ticks a second (default 20)
 *   --lock-step             ticks only on request: a line `step N` on stdin makes N ticks
 *   --exit-on-stdin-close   ends when stdin closes; without it no other process ends it
 *
 * {"event":"start","pid":…,"address":"0x…","pages":16384,"seed":1}
 * {"event":"tick","tick":1,"pages":87,"runs":[[first page from the buffer's start, pages],…]}
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { GAME_PAGES } from '#shared/demo/game-areas.ts';
import { PAGE_SIZE, formatAddress } from '#shared/memory/page.ts';
import { Game } from './demo/game.ts';
import { errorCode } from '../error-code.ts';
import { call, tryCall } from './syscalls/call.ts';
import { sleepMicroseconds } from './syscalls/calls.ts';
import { MMAP, SYS } from './syscalls/constants.ts';
import { storeWord } from './syscalls/ffi.ts';
import { NativeBuffer } from './syscalls/native-buffer.ts';

const PR_SET_VMA = 0x53564d41;
const PR_SET_VMA_ANON_NAME = 0;

/**
 * Memory that is never moved: outside the garbage collector's heap, and without huge pages. Between two
 * pages without access, so that it is a separate VMA and does not merge with adjacent mappings.
 */
function mapBuffer(pages: number): bigint {
  const length = pages * PAGE_SIZE;
  const { PROT_NONE, PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS } = MMAP;
  const flags = MAP_PRIVATE | MAP_ANONYMOUS;
  const address = call('mmap', SYS.mmap, 0, length + 2 * PAGE_SIZE, PROT_NONE, flags, -1, 0) + PAGE_SIZE;
  call('mprotect', SYS.mprotect, address, length, PROT_READ | PROT_WRITE);
  tryCall(SYS.madvise, address, length, MMAP.MADV_NOHUGEPAGE);
  // A name for its row in the table of VMAs; kernels without it return EINVAL.
  const name = new NativeBuffer(16);
  name.bytes.set(Buffer.from('demo game'));
  tryCall(SYS.prctl, PR_SET_VMA, PR_SET_VMA_ANON_NAME, address, length, name.address);
  return BigInt(address);
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    hz: { type: 'string', default: '20' },
    'lock-step': { type: 'boolean', default: false },
    'exit-on-stdin-close': { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const hz = Number(values.hz);
if (!Number.isInteger(seed) || !(hz > 0 && hz <= 1000)) {
  process.stderr.write('--seed takes a whole number, --hz a number above 0, at most 1000\n');
  process.exit(2);
}

let listening = true;

/** A reader is optional: when the other end is closed the game continues without output. */
function print(line: object): void {
  const text = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let sent = 0; listening && sent < text.length;) {
    try {
      sent += writeSync(1, text, sent);
    } catch (cause) {
      // A full pipe that is non-blocking: its reader is slow, not gone.
      if (errorCode(cause) === 'EAGAIN') sleepMicroseconds(500);
      else listening = false;
    }
  }
}

const game = new Game(seed);
const address = mapBuffer(GAME_PAGES);

function step(): void {
  const runs = game.step();
  let pages = 0;
  for (const [start, count] of runs) {
    for (let page = start; page < start + count; page++) {
      storeWord(address + BigInt(page * PAGE_SIZE + (page % 500) * 8), BigInt(game.tick));
    }
    pages += count;
  }
  print({ event: 'tick', tick: game.tick, pages, runs });
}

print({ event: 'start', pid: process.pid, address: formatAddress(address), pages: GAME_PAGES, seed });
// Keeps the process alive in lock-step too, even after stdin closes.
setInterval(() => (values['lock-step'] ? undefined : step()), 1000 / hz);

const input = createInterface(process.stdin);
input.on('line', (line) => {
  const match = /^step (\d+)$/.exec(line.trim());
  for (let left = Number(match?.[1] ?? 0); left > 0; left--) step();
});
input.on('close', () => {
  if (values['exit-on-stdin-close']) process.exit(0);
});
process.stdin.on('error', () => input.close());
