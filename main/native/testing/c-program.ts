import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** A compiled program, until it is removed. */
export interface Compiled {
  readonly path: string;
  remove(): void;
}

/** Compiles a C file (a path from the repository's root) with the system's cc. */
export function compile(source: string, ...flags: string[]): Compiled {
  const folder = mkdtempSync(join(tmpdir(), 'c-program-'));
  const path = join(folder, 'program');
  execFileSync('cc', ['-O1', '-o', path, source, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}

/** A program that answers each line on its standard input with one on its standard output. */
export class Conversation {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;

  constructor(path: string, ...args: string[]) {
    this.child = spawn(path, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdin.on('error', () => undefined);
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

  ask(line: string): Promise<string> {
    this.child.stdin.write(`${line}\n`);
    return this.line();
  }

  async send(line: string): Promise<number> {
    return Number(await this.ask(line));
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await exit;
  }
}
