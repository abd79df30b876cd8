import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Cost of a write in the tracked program, in nanoseconds. */
export interface Writes {
  tracked: number;
  untracked: number;
  mprotect: number;
}

/** A program that scans its own memory: nanoseconds per page. */
export interface Scanner {
  /** Clears everything, then writes one page in `step`, none for 0. */
  prepare(step: number): Promise<unknown>;
  write(step: number): Promise<unknown>;
  get(): Promise<number>;
  clear(): Promise<number>;
}

/** The kernel's PAGEMAP_SCAN called from C, in a separate process. */
export class BaselineInC implements Scanner {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;

  private constructor(program: string, pages: number) {
    this.child = spawn(program, [String(pages)]);
    this.child.stderr.pipe(process.stderr);
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }

  /** Null without a compiler. Run from the project's root. */
  static build(pages: number): Promise<BaselineInC | null> {
    return withBenchProgram('scan', async (program) => {
      const baseline = new BaselineInC(program, pages);
      await baseline.prepare(0);
      return baseline;
    });
  }

  prepare = (step: number) => this.ask(`prepare ${step}`);
  write = (step: number) => this.ask(`write ${step}`);
  get = async () => Number(await this.ask('get'));
  clear = async () => Number(await this.ask('clear'));
  /** Ends the program. */
  writes = async () => JSON.parse(await this.ask('writes')) as Writes;

  end(): void {
    this.child.kill();
  }

  private async ask(line: string): Promise<string> {
    this.child.stdin.write(`${line}\n`);
    return String((await this.lines.next()).value);
  }
}

/** Runs `use` with `NAME.c` of this folder, built; null without a compiler. Run from the project's root. */
export async function withBenchProgram<T>(
  name: string,
  use: (program: string) => Promise<T>,
): Promise<T | null> {
  const folder = mkdtempSync(join(tmpdir(), 'native-bench-'));
  const program = join(folder, name);
  try {
    execFileSync('cc', ['-O2', '-o', program, `main/native/bench/${name}.c`], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
  try {
    return await use(program);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
