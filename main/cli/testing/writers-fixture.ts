/** What tests of `soft-dirty writers` share: programs with known writers, the command, and the lines it writes. */
import { expect } from 'vitest';
import { type BuiltScripts, buildScripts } from '../../native/testing/built-scripts.ts';
import { build } from '../../native/testing/built-program.ts';
import { type Compiled, Conversation } from '../../native/testing/c-program.ts';
import { checkedLines, writersLineSchema } from './line-schemas.ts';
import { RunningCli } from './run-cli.ts';

/** Where the programs with known writers are. */
export const PROGRAMS = 'main/native/writers/testing';
/** The pages of the C++ program that its threads write. */
export const PAGES = 64;
/** Options with which no write is left out because of its cost. */
export const UNBOUNDED = ['--max-rate', '1000000', '--max-share', '100', '--interval', '0.002'];

interface Place {
  readonly function: string | null;
  readonly module: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

/** What tests read of a line of `soft-dirty writers --json`. */
export interface WritersLine extends Place {
  readonly event: string;
  readonly address: string;
  readonly tid: number;
  readonly offset: string;
  readonly stack: readonly Place[];
  readonly reason?: string;
  readonly pages?: number;
  readonly writes?: number;
}

/** The command as a separate process, and the programs that a test starts; `end` ends those. */
export class WritersFixture {
  readonly cpp: Compiled;
  readonly kernel: Compiled;
  readonly scripts: BuiltScripts;
  private readonly running: Conversation[] = [];

  private constructor(scripts: BuiltScripts) {
    this.scripts = scripts;
    this.cpp = build('c++', `${PROGRAMS}/known-writers.cc`, '-g', '-O2', '-pthread');
    this.kernel = build('cc', `${PROGRAMS}/kernel-writers.c`, '-g', '-O1', '-pthread');
  }

  /** Builds the command and the two programs; takes up to two minutes. */
  static async create(): Promise<WritersFixture> {
    return new WritersFixture(await buildScripts('cli.ts', 'native/writers/fault-thread.ts'));
  }

  start(path: string, ...args: string[]): Conversation {
    const program = new Conversation(path, ...args);
    this.running.push(program);
    return program;
  }

  /** The C++ program with the address of its pages and the ids of its threads. */
  async startCpp(): Promise<{ program: Conversation; base: number; tids: number[] }> {
    const program = this.start(this.cpp.path);
    const [base, ...tids] = (await program.line()).split(' ').map(Number);
    return { program, base, tids };
  }

  /** With synchronous write-protection, unless another method is named. */
  watch(pid: number, ...words: string[]): RunningCli {
    const method = words.includes('--method') ? [] : ['--method', 'wait'];
    const args = ['writers', '--pid', String(pid), '--json', ...method, ...words];
    return new RunningCli(this.scripts.path('cli'), args);
  }

  /** Ends the programs that were started. */
  async end(): Promise<void> {
    for (const program of this.running.splice(0)) await program.kill();
  }

  /** Removes the built programs. */
  remove(): void {
    this.cpp.remove();
    this.kernel.remove();
  }
}

/** The option for `pages` pages from `base` on, a virtual address. */
export const rangeOf = (base: number, pages: number) => ['--range', `0x${base.toString(16)}+${pages * 4}K`];

/** The lines of `text`, each checked against the documented form. */
export function linesOf(text: string): WritersLine[] {
  checkedLines(writersLineSchema, text);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as WritersLine);
}

export const isEvent = (event: string) => (line: { event: string }) => line.event === event;
/** Waits until the command is watching. */
export const armed = (cli: RunningCli) => cli.until((lines) => lines.some(isEvent('armed')));

/** Ends the command by `signal`, checks that it succeeded, and returns its lines. */
export async function interrupted(
  cli: RunningCli,
  signal: NodeJS.Signals = 'SIGINT',
): Promise<WritersLine[]> {
  cli.child.kill(signal);
  const { code, out, error } = await cli.finished;
  expect([code, error]).toEqual([0, '']);
  return linesOf(out);
}
