import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Duplex, Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import {
  programEnd,
  type Held,
  type ProgramEnd,
  type ProgramEvents,
  type RunningProgram,
} from './running-program.ts';

/** The launcher (native/backends/preload/launcher.c) and the flags that it is started with. */
export interface Launcher {
  readonly path: string;
  readonly flags: string;
}

/** Most bytes of output that are read in one slot: a program that prints without end must not stop the engine. */
const MAX_SLOT_BYTES = 2 ** 20;
const SLOT_MS = 25;
const UNTRACED_WITHIN_MS = 2000;

export interface LaunchRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string | null;
  /** Added to our environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors of ours that it gets, from number 3 on. */
  readonly inherit?: readonly number[];
  /** What starts it; without it (there is no C compiler) it is a child of ours. */
  readonly launcher?: Launcher;
}

/** The errno for which exec failed. */
export class ExecFailed extends Error {
  readonly code: string;

  constructor(errno: number) {
    super(`exec failed: errno ${errno}`);
    this.code = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `E${errno}`;
  }
}

/**
 * A program started by the launcher, which is its parent: it outlives us, and reads the program's output once we have ended.
 */
export class HeldProgram implements RunningProgram {
  pid = 0;
  ended: ProgramEnd | null = null;
  armed = false;
  traced = false;
  private readonly child: ChildProcess;
  private readonly control: Duplex;
  private readonly events: ProgramEvents;
  private readonly streams: Promise<unknown>;
  private readonly waiting = new Set<() => void>();
  private settle: ((failure: Error | null) => void) | null = null;
  private rest = '';

  private constructor(child: ChildProcess, events: ProgramEvents) {
    this.child = child;
    this.events = events;
    this.control = child.stdio[3] as Duplex;
    this.streams = Promise.all([this.follow('stdout'), this.follow('stderr')]);
    this.control.setEncoding('utf8');
    this.control.on('data', (text: string) => this.receive(text));
    // The launcher was killed before it reported the end: what is known is that nothing more will come.
    this.control.on('error', () => this.lost()).on('close', () => this.lost());
  }

  /** Resolves when the program was started, and is held if the flags ask for it; rejects with a `code` if it was not. */
  static async start(
    { command, args, cwd, env, inherit = [] }: LaunchRequest,
    { path, flags }: Launcher,
    events: ProgramEvents,
  ): Promise<HeldProgram> {
    const child = spawn(path, [flags, command, ...args], {
      ...(cwd === null ? {} : { cwd }),
      env: { ...process.env, ...env },
      // A separate session: signals to ours (Ctrl+C, a closed terminal) do not reach it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...inherit],
    });
    await Promise.race([
      once(child, 'spawn'),
      once(child, 'error').then(([cause]) => Promise.reject(cause as Error)),
    ]);
    const program = new HeldProgram(child, events);
    await new Promise<void>((resolve, reject) => {
      program.settle = (failure) => (failure ? reject(failure) : resolve());
    });
    child.unref();
    for (const stream of [child.stdout, child.stderr, program.control]) unref(stream);
    return program;
  }

  go(): void {
    this.send('g');
  }

  async untraced(): Promise<void> {
    if (!this.traced || this.ended !== null) return;
    const done = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, UNTRACED_WITHIN_MS);
      this.waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.send('d');
    await done;
  }

  kill(): void {
    this.send('k');
  }

  release(): void {
    this.traced = false;
    this.control.removeAllListeners('close');
    this.control.on('error', () => undefined);
    this.control.destroy();
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }

  private send(command: string): void {
    if (!this.control.destroyed) this.control.write(command);
  }

  private receive(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      const child = /^child (\d+) (.*)$/.exec(line);
      if (child !== null) {
        this.events.child?.({ pid: Number(child[1]), name: child[2] });
        continue;
      }
      const [name, a = 0, b = 0] = line.split(' ').map((word, i) => (i === 0 ? word : Number(word)));
      this.handle(String(name), Number(a), Number(b));
    }
  }

  private handle(name: string, a: number, b: number): void {
    switch (name) {
      case 'started':
      case 'untraced':
      case 'armed':
        this.pid = a;
        this.armed = this.traced = name === 'armed';
        return this.settled(null);
      case 'failed':
        return this.settled(new ExecFailed(a));
      case 'replacing':
      case 'exiting':
        return this.hold({ kind: name });
      case 'children':
        return this.events.child?.(null);
      case 'exec':
        return this.hold({ kind: 'exec', errno: a });
      case 'detached':
        return this.detached();
      case 'exited':
        return this.finish(programEnd(a < 0 ? null : a, b === 0 ? null : signalName(b)));
    }
  }

  private hold(what: Held): void {
    if (this.events.held) this.events.held(what);
    else this.go();
  }

  private detached(): void {
    this.traced = false;
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }

  /** After the last of its output. */
  private finish(how: ProgramEnd): void {
    if (this.ended !== null) return;
    this.traced = false;
    void this.streams.then(() => {
      this.ended = how;
      this.events.end(how);
    });
  }

  private lost(): void {
    this.settled(new Error('the launcher ended'));
    this.detached();
  }

  private settled(failure: Error | null): void {
    this.settle?.(failure);
    this.settle = null;
  }

  /** Resolves at the end of the stream. */
  private follow(name: 'stdout' | 'stderr'): Promise<void> {
    const stream = this.child[name] as Readable;
    const decoder = new StringDecoder('utf8');
    let slot = 0;
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk);
      if (text !== '') this.events.output(name, text);
      const now = performance.now();
      if (now - slot > SLOT_MS) [slot, bytes] = [now, 0];
      bytes += chunk.length;
      if (bytes <= MAX_SLOT_BYTES) return;
      stream.pause();
      setTimeout(() => stream.resume(), SLOT_MS).unref();
    });
    return new Promise((resolve) => {
      stream.on('error', () => resolve());
      stream.on('close', () => resolve());
    });
  }
}

function signalName(signal: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === signal)?.[0] ?? `signal ${signal}`;
}

function unref(stream: unknown): void {
  (stream as { unref?: () => void } | null)?.unref?.();
}
