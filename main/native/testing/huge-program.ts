import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { PAGE_SIZE } from '#shared/memory/page.ts';

/** KiB of a huge page. */
export const HUGE_KIB = 2048;

/** Compiles huge-program.c into a separate folder. */
export class HugeProgramBuild {
  private readonly folder = mkdtempSync(join(tmpdir(), 'huge-program-'));
  private readonly path = join(this.folder, 'huge-program');

  constructor() {
    const source = fileURLToPath(new URL('huge-program.c', import.meta.url));
    execFileSync('cc', ['-O1', '-o', this.path, source], { stdio: 'pipe' });
  }

  /** Starts the program with `tiles` tiles, all of them huge pages; rejects if the kernel gives fewer. */
  async start(tiles: number): Promise<HugeProgram> {
    const program = new HugeProgram(this.path, tiles);
    program.firstPage = Number.parseInt(await program.line(), 16) / PAGE_SIZE;
    const kib = await program.send('h');
    if (kib === tiles * HUGE_KIB) return program;
    program.kill();
    throw new Error(`The kernel gave ${kib} KiB of huge pages for ${tiles} tiles.`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A program whose memory is huge pages; see huge-program.c. */
export class HugeProgram {
  firstPage = 0;
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;

  constructor(path: string, tiles: number) {
    this.child = spawn(path, [String(tiles)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }

  get pid(): number {
    return Number(this.child.pid);
  }

  async line(): Promise<string> {
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error('The program ended.');
    return value;
  }

  /** Performs a command; resolves to its answer: for `h`, `w`, `d` and `u` the KiB of huge pages. */
  async send(command: 'h' | 'w' | 'r' | 'd' | 'u' | 'x'): Promise<number> {
    this.child.stdin.write(`${command}\n`);
    return Number(await this.line());
  }

  /** Replaces itself; resolves once its memory is there again. */
  async exec(): Promise<void> {
    this.child.stdin.write('x\n');
    await this.line();
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
