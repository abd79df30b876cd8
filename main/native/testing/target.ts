import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';
import { marks } from './marks.ts';
import type { TargetCommand } from './target-commands.ts';

const { PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_SHARED, MAP_ANONYMOUS, MAP_NORESERVE } = MMAP;

export interface ScriptOptions {
  readonly uid?: number;
  readonly gid?: number;
  /** Node's own options. */
  readonly node?: readonly string[];
  /** Added to our environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Descriptors that it gets, from number 3 on. */
  readonly inherit?: readonly number[];
}

/** Runs one of the built scripts; collects its lines. */
export class Script {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  private readonly ended: Script['exit'];
  private readonly lines: string[] = [];
  private readonly waiting: ((line: string) => void)[] = [];

  constructor(script: string, args: readonly string[] = [], options: ScriptOptions = {}) {
    const { node = [], env = {}, inherit = [], ...user } = options;
    this.child = spawn(process.execPath, [...node, script, ...args], {
      stdio: ['pipe', 'pipe', 'pipe', ...inherit],
      cwd: '/',
      env: { ...process.env, ...env },
      ...user,
    }) as ChildProcessWithoutNullStreams;
    this.exit = new Promise((resolve) =>
      this.child.once('exit', (code, signal) => resolve({ code, signal })),
    );
    this.child.stderr.pipe(process.stderr);
    this.child.stdin.on('error', () => undefined);
    const reader = createInterface(this.child.stdout).on('line', (line) => {
      const next = this.waiting.shift();
      if (next) next(line);
      else this.lines.push(line);
    });
    const allRead = new Promise((resolve) => reader.once('close', resolve));
    // Its last lines may arrive after `exit`; a child of its own can keep the pipe open.
    this.ended = this.exit.then((how) => Promise.race([allRead, sleep(1000)]).then(() => how));
  }

  get pid(): number {
    return Number(this.child.pid);
  }

  /** The next line that it prints; rejects when it ends instead. */
  async line(): Promise<string> {
    const line = this.lines.shift();
    if (line !== undefined) return line;
    return new Promise((resolve, reject) => {
      this.waiting.push(resolve);
      void this.ended.then(({ code, signal }) => reject(new Error(`ended: ${code ?? signal}`)));
    });
  }

  /** Stops it with a signal; returns the lines that it printed before, and that were not read yet. */
  async halt(): Promise<string[]> {
    this.child.kill('SIGSTOP');
    while (marks(this.pid).state !== 'T') await sleep(5);
    // Its output is still in the pipe.
    await sleep(100);
    return this.lines.splice(0);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }
}

/** The program in test-target.ts, by commands. */
export class Target extends Script {
  static async start(script: string, options: ScriptOptions = {}): Promise<Target> {
    const target = new Target(script, [], options);
    await target.line();
    return target;
  }

  async send(command: TargetCommand): Promise<number> {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    return Number(await this.line());
  }

  call(number: number, ...args: number[]): Promise<number> {
    return this.send({ op: 'call', number, args });
  }

  /**
   * Maps fresh memory; returns its first page. With `huge` it starts at a multiple of 512 pages, and is between inaccessible
   * pages, so that it merges with no neighbour.
   */
  async map(pages: number, options: { shared?: boolean; huge?: boolean } = {}): Promise<number> {
    const flags = (options.shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS | MAP_NORESERVE;
    const slack = options.huge ? 1024 : 0;
    const length = (pages + slack) * PAGE_SIZE;
    const access = options.huge ? 0 : PROT_READ | PROT_WRITE;
    const address = await this.call(SYS.mmap, 0, length, access, flags, -1, 0);
    if (address < 0) throw new Error(`mmap: ${address}`);
    const page = address / PAGE_SIZE;
    if (!options.huge) return page;
    const aligned = Math.ceil((page + 1) / 512) * 512;
    await this.call(SYS.mprotect, aligned * PAGE_SIZE, pages * PAGE_SIZE, PROT_READ | PROT_WRITE);
    await this.call(SYS.madvise, aligned * PAGE_SIZE, pages * PAGE_SIZE, MMAP.MADV_HUGEPAGE);
    return aligned;
  }

  async unmap(page: number, pages: number): Promise<void> {
    await this.call(SYS.munmap, page * PAGE_SIZE, pages * PAGE_SIZE);
  }

  write(...pages: number[]): Promise<number> {
    return this.send({ op: 'write', pages });
  }

  fill(page: number, count: number): Promise<number> {
    return this.send({ op: 'fill', page, count });
  }
}
