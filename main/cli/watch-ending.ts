import type { OutputStream } from './command.ts';

/** How a watch ends, as in its last JSON line. */
export type EndReason = 'duration' | 'exit' | 'exec' | 'interrupt';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal sent to a group and passed on by npm arrives twice; only a later one is a second request. */
const IMPATIENCE_MS = 1000;

/** The first event that ends a watch, and waits that it interrupts. `More`: reasons of its own. */
export class Ending<More extends string = never> {
  private first: EndReason | More | null = null;
  private wake: (() => void) | null = null;
  private next: (() => void) | null = null;
  private readonly undo: (() => void)[] = [];

  private readonly controller = new AbortController();

  /** Aborted by the first thing that ends the watch. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get reason(): EndReason | More | null {
    return this.first;
  }

  /** Whether the memory that was watched is gone. */
  get programGone(): boolean {
    return this.first === 'exit' || this.first === 'exec';
  }

  /** The end of the program takes precedence: its last writes cannot be read then. */
  end(reason: EndReason | More): void {
    if (this.first === null || reason === 'exit' || reason === 'exec') this.first = reason;
    this.controller.abort();
    this.wake?.();
  }

  /** Resolves after `milliseconds`, or as soon as something ends the watch. */
  wait(milliseconds: number): Promise<void> {
    if (this.first !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake?.(), milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
    });
  }

  /** SIGINT, SIGTERM and SIGHUP end the watch; a later one calls `impatient`. */
  onSignals(impatient: () => void): void {
    let since: number | null = null;
    const onSignal = () => {
      const now = performance.now();
      const isFirst = since === null;
      since ??= now;
      if (this.next !== null && (isFirst || now - since > IMPATIENCE_MS)) this.next();
      else if (now - since > IMPATIENCE_MS) impatient();
      else this.end('interrupt');
    };
    for (const signal of SIGNALS) {
      process.on(signal, onSignal);
      this.undo.push(() => process.off(signal, onSignal));
    }
  }

  /** From now on a signal calls `listener`, unless it is the one that ended the watch, passed on again. */
  onNextSignal(listener: () => void): void {
    this.next = listener;
  }

  /** Ends when the reader is closed (`| head`). */
  onClosed(stream: OutputStream): void {
    const onClosed = () => this.end('interrupt');
    stream.on('error', onClosed);
    stream.on('close', onClosed);
    this.undo.push(() => stream.off('error', onClosed).off('close', onClosed));
  }

  release(): void {
    for (const action of this.undo.splice(0)) action();
  }
}
