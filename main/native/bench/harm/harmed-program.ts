import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Answers of harm.c: figures by name. */
export type Figures = Readonly<Record<string, number>>;

/** One running program of harm.c. */
export class HarmedProgram {
  readonly pid: number;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;

  private constructor(program: string, args: readonly string[]) {
    this.child = spawn(program, args);
    this.child.stderr.pipe(process.stderr);
    this.pid = Number(this.child.pid);
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
  }

  /** Starts `harm KIND ARGUMENTS` and resolves once it is prepared. */
  static async start(program: string, ...args: readonly (string | number)[]): Promise<HarmedProgram> {
    const harmed = new HarmedProgram(program, args.map(String));
    await harmed.line();
    return harmed;
  }

  async run(argument: number): Promise<Figures> {
    this.child.stdin.write(`run ${argument}\n`);
    return JSON.parse(await this.line()) as Figures;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private async line(): Promise<string> {
    const { done, value } = await this.lines.next();
    if (done === true) throw new Error('The measured program ended.');
    return value;
  }
}

/** The command line's watch, attached to a process. */
export class Watch {
  private readonly child: ChildProcessWithoutNullStreams;

  private constructor(pid: number, options: readonly string[]) {
    const args = ['app/setup/command.mjs', 'cli', 'watch', '--json', '--pid', String(pid), ...options];
    this.child = spawn(process.execPath, args);
    this.child.stderr.resume();
  }

  /** Resolves once it is attached. */
  static async start(pid: number, ...options: readonly string[]): Promise<Watch> {
    const watch = new Watch(pid, options);
    await once(watch.child.stdout, 'data');
    watch.child.stdout.resume();
    return watch;
  }

  /** Detaches; resolves when the command has ended and huge pages are restored. */
  async end(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGINT');
    await exit;
  }
}

/** Compiles harm.c for as long as `use` runs. Run from the project's root. */
export async function withHarm(use: (program: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'harm-bench-'));
  const program = join(folder, 'harm');
  try {
    execFileSync('cc', ['-O2', '-o', program, 'main/native/bench/harm/harm.c'], { stdio: 'inherit' });
    await use(program);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
