import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const programs = new Map<string, string>();
const folder = mkdtempSync(join(tmpdir(), 'c-program-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function build(name: string): string {
  let program = programs.get(name);
  if (program === undefined) {
    program = join(folder, name);
    const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
    execFileSync('cc', ['-O1', '-Wall', '-Werror', '-pthread', '-o', program, source]);
    programs.set(name, program);
  }
  return program;
}

/** A program of this folder, compiled when it is first needed, that answers each line with one line. */
export class CProgram {
  readonly pid: number;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;

  constructor(name: string, args: readonly string[] = []) {
    this.child = spawn(build(name), args);
    this.child.stderr.pipe(process.stderr);
    this.child.stdin.on('error', () => undefined);
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
    this.pid = Number(this.child.pid);
  }

  /** The next line that it prints; rejects when it ends instead. */
  async line(): Promise<string> {
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error(`the program ended: ${this.child.exitCode ?? this.child.signalCode}`);
    return value;
  }

  ask(line: string): Promise<string> {
    this.child.stdin.write(`${line}\n`);
    return this.line();
  }

  /** Lines of its maps that match. */
  maps(pattern: RegExp): string[] {
    return readFileSync(`/proc/${this.pid}/maps`, 'latin1')
      .split('\n')
      .filter((line) => pattern.test(line));
  }

  /** A figure of its status, such as VmPTE in KiB. */
  status(name: string): number {
    const text = readFileSync(`/proc/${this.pid}/status`, 'latin1');
    return Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1]);
  }

  kill(): Promise<void> {
    return new Promise((resolve) => {
      this.child.once('close', () => resolve());
      this.child.kill('SIGKILL');
    });
  }
}
