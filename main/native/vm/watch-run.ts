import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram } from '../../cli/program.ts';
import { pagesReported, parseLines, type WatchLine } from '../../cli/testing/run-cli.ts';

/** Ample for what takes a second on an idle machine. */
const MAX_WAIT_MS = 60_000;

/** `soft-dirty watch --json` inside this process, which a signal ends: it does not end before the writes it is to report. */
export class WatchRun {
  /** What it printed to standard error. */
  error = '';
  private out = '';
  private code: number | undefined;
  private readonly watching: Promise<number>;

  constructor(args: readonly string[]) {
    const stream = new PassThrough();
    stream.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    const error = (text: string) => (this.error += text);
    this.watching = runProgram(['watch', ...args, '--json'], { out: () => undefined, error, stream });
    void this.watching.then((code) => (this.code = code));
  }

  get lines(): WatchLine[] {
    return parseLines(this.out);
  }

  /** Every page in its samples, ascending. */
  get pages(): number[] {
    return pagesReported(this.lines);
  }

  /** Returns when it is attached. */
  attached(): Promise<void> {
    return this.until(() => this.lines.length > 0);
  }

  /** Whether samples have all of `pages`, within `milliseconds`. */
  async reported(pages: readonly number[], milliseconds = MAX_WAIT_MS): Promise<boolean> {
    const done = () => pages.every((page) => this.pages.includes(page));
    await this.until(done, milliseconds);
    return done();
  }

  /** Ends the command as Ctrl-C does; returns its exit code. */
  interrupt(): Promise<number> {
    // Without a watch that handles it, the signal would end this process.
    if (this.code === undefined) process.kill(process.pid, 'SIGINT');
    return this.watching;
  }

  /** Also returns when the command ended or the time is over: the test then sees what is missing. */
  private async until(done: () => boolean, milliseconds = MAX_WAIT_MS): Promise<void> {
    const end = performance.now() + milliseconds;
    while (!done() && this.code === undefined && performance.now() < end) await sleep(20);
  }
}
