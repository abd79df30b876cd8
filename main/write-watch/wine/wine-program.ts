import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { WatchedProgram } from '../testing/watched-program.ts';
import { MEM, PAGE, type WindowsError } from '../windows.ts';

/** Types of VirtualFree. */
const MEM_DECOMMIT = 0x4000;
const MEM_RELEASE = 0x8000;

/** Where Wine and the built program are; set by `npm run test:wine`. */
const WINE = environment('WINE');
const PROGRAM = environment('WRITE_WATCH_EXE');

function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run "npm run test:wine".`);
  return value;
}

const NAMES: Readonly<Record<number, WindowsError | undefined>> = {
  0: 'ERROR_SUCCESS',
  87: 'ERROR_INVALID_PARAMETER',
  998: 'ERROR_NOACCESS',
};

/** write-watch.c under Wine: Wine's implementation of VirtualAlloc, GetWriteWatch and related functions. */
export class WineProgram implements WatchedProgram {
  readonly memory: WatchedProgram['memory'];
  readonly watches: WatchedProgram['watches'];
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;

  private constructor() {
    this.child = spawn(WINE, [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin.on('error', () => undefined);
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
    this.memory = {
      allocate: async (size, type, protection) => {
        const { error, words } = await this.call('alloc', type, protection, size);
        return error === 'ERROR_SUCCESS' ? { base: BigInt(words[0]) } : { error };
      },
      protect: async (base, size, protection) => {
        const { code } = await this.ask('protect', base, size, protection);
        if (code === 0) return 'ERROR_SUCCESS';
        // Pages that are only reserved are committed.
        return (await this.call('commit', base, size, protection)).error;
      },
      decommit: async (base, size) => (await this.call('free', base, size, MEM_DECOMMIT)).error,
      release: async (base) => (await this.call('free', base, 0n, MEM_RELEASE)).error,
    };
    this.watches = {
      get: async ({ flags, base, size, count, addresses, granularity }) => {
        const pointers = [count ?? -1, addresses ? 1 : 0, granularity ? 1 : 0];
        const { error, words } = await this.call('get', flags, base, size, ...pointers);
        const [unit, ...found] = words;
        return {
          ...{ error, wholeRegion: false },
          granularity: unit === undefined ? PAGE_SIZE : Number(unit),
          addresses: found.map(BigInt),
        };
      },
      reset: async (base, size) => (await this.call('reset', base, size)).error,
    };
  }

  static async start(): Promise<WineProgram> {
    const program = new WineProgram();
    await program.line();
    return program;
  }

  /** The Linux process, which is the Windows process too. */
  get pid(): number {
    return Number(this.child.pid);
  }

  async write(...pages: number[]): Promise<void> {
    await this.call('write', ...pages.map((page) => BigInt(page) * BigInt(PAGE_SIZE)));
  }

  async writeAcross(page: number): Promise<void> {
    await this.call('write', BigInt(page + 1) * BigInt(PAGE_SIZE) - 2n);
  }

  /** 64 KiB-aligned and committed, with MEM_WRITE_WATCH. */
  async allocateWatched(bytes: number): Promise<bigint> {
    const type = MEM.RESERVE | MEM.COMMIT | MEM.WRITE_WATCH;
    const reply = await this.memory.allocate(BigInt(bytes), type, PAGE.READWRITE);
    if ('error' in reply) throw new Error(reply.error);
    return reply.base;
  }

  /** Writes a page each `stride` bytes, then calls GetWriteWatch, `rounds` times; nanoseconds of all, and pages found. */
  async time(
    flags: number,
    base: bigint,
    bytes: number,
    rounds: number,
    stride: number,
  ): Promise<{ readonly callsNs: number; readonly writesNs: number; readonly pages: number }> {
    const { words } = await this.call('time', flags, base, bytes, bytes / PAGE_SIZE, rounds, stride);
    const [callsNs, writesNs, pages] = words.map(Number);
    return { callsNs, writesNs, pages };
  }

  /** The first bytes of functions: one that the program exports, one that it does not, GetWriteWatch of kernelbase. */
  async code(): Promise<{ readonly exported: bigint; readonly own: bigint; readonly library: bigint }> {
    const [exported, own, library] = (await this.call('code')).words.map(BigInt);
    return { exported, own, library };
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.end();
    await exit;
  }

  private async line(): Promise<string> {
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error('The program ended.');
    return value.trim();
  }

  private async call(
    name: string,
    ...words: readonly (number | bigint)[]
  ): Promise<{ readonly error: WindowsError; readonly words: readonly string[] }> {
    const reply = await this.ask(name, ...words);
    const error = NAMES[reply.code];
    if (error === undefined) throw new Error(`${name} ${words.join(' ')}: error ${reply.code}`);
    return { error, words: reply.words };
  }

  /** `code`: of GetLastError; 0 if the call succeeded. */
  private async ask(
    name: string,
    ...words: readonly (number | bigint)[]
  ): Promise<{ readonly code: number; readonly words: readonly string[] }> {
    this.child.stdin.write(`${[name, ...words].join(' ')}\n`);
    const [outcome, ...rest] = (await this.line()).split(' ');
    return outcome === 'ok' ? { code: 0, words: rest } : { code: Number(rest[0]), words: [] };
  }
}
