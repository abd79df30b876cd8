import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { MappingTracking } from '../exceptions.ts';

/** A line of `watch --json`. */
export type WatchLine =
  | {
      readonly event: 'attached';
      readonly pid: number;
      readonly backend: string;
      readonly atomic: boolean;
      readonly exceptions: readonly MappingTracking[];
    }
  | ({ readonly event: 'mapping' } & MappingTracking)
  | {
      readonly event: 'sample';
      readonly t: number;
      readonly written: readonly (readonly [string, number])[];
      readonly pages: number;
      readonly touched?: readonly (readonly [string, number])[];
      readonly hot?: readonly (readonly [string, number])[];
      readonly gone?: readonly (readonly [string, number])[];
    }
  | {
      readonly event: 'backend';
      readonly backend: string;
      readonly atomic: boolean;
      readonly reason: string;
    }
  | { readonly event: 'detached'; readonly reason: string };

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
}

/** The built command line as a separate process; as user `nobody` if that is requested and we are root. */
export class RunningCli {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly finished: Promise<Finished>;
  private out = '';
  private error = '';
  private readonly wakers = new Set<() => void>();

  constructor(script: string, args: readonly string[], options: { ordinaryUser?: boolean } = {}) {
    const own = [process.execPath, script, ...args];
    const [command, ...rest] = options.ordinaryUser ? [...asNobody(), ...own] : own;
    this.child = spawn(command, rest, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.out += text;
      this.wake();
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.error += text;
      this.wake();
    });
    this.finished = new Promise((resolve) =>
      this.child.once('close', (code, signal) => {
        resolve({ code, signal, out: this.out, error: this.error });
        this.wake();
      }),
    );
  }

  /** The whole lines of `watch --json` so far. */
  get lines(): WatchLine[] {
    return parseLines(this.out.slice(0, this.out.lastIndexOf('\n') + 1));
  }

  /** Resolves when `condition` holds; rejects when the command ended and it does not. */
  until(condition: (lines: readonly WatchLine[]) => boolean): Promise<void> {
    return this.waitFor(() => condition(this.lines));
  }

  /** Resolves when `text` was printed on standard error; rejects when the command ended without it. */
  printedError(text: string): Promise<void> {
    return this.waitFor(() => this.error.includes(text));
  }

  private wake(): void {
    for (const wake of this.wakers) wake();
  }

  private async waitFor(condition: () => boolean): Promise<void> {
    let ended = false;
    void this.finished.then(() => (ended = true));
    while (!condition()) {
      if (ended) throw new Error(`The command ended: ${this.error}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.wakers.delete(wake);
          resolve();
        };
        this.wakers.add(wake);
      });
    }
  }

  attached(): Promise<void> {
    return this.until((lines) => lines[0]?.event === 'attached');
  }

  /** `count` more samples were printed. */
  async samples(count: number): Promise<void> {
    const before = this.lines.length;
    await this.until((lines) => lines.length >= before + count);
  }
}

/** Words that run a command as a user who is not root. */
export function asNobody(): string[] {
  return process.geteuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
}

export function parseLines(text: string): WatchLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as WatchLine);
}

/** Every page in the samples of `lines`, as page numbers, ascending. */
export function pagesReported(lines: readonly WatchLine[]): number[] {
  const pages = new Set<number>();
  for (const line of lines) {
    if (line.event !== 'sample') continue;
    for (const [address, count] of line.written) {
      const first = Number(BigInt(address) / 4096n);
      for (let i = 0; i < count; i++) pages.add(first + i);
    }
  }
  return [...pages].sort((a, b) => a - b);
}
