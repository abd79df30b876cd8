import { execFileSync } from 'node:child_process';
import { constants, createReadStream, fstatSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { InspectorError } from '#shared/contract/errors.ts';
import { MAX_NOTE } from '#shared/contract/recording.ts';
import { systemReason } from '#shared/system-reason.ts';
import type { PhaseOptions } from './phase-options.ts';

/** Ends a phase; without a `note` it is named by its number. */
export type EndPhase = (note: string | null) => Promise<unknown>;

/**
 * Ends a phase at each boundary that a signal or a line gives. Boundaries that arrive while a phase is being ended count as
 * one, so that a writer never waits.
 */
export class PhaseBoundaries {
  /** Null until phases can be ended. */
  private endPhase: EndPhase | null = null;
  private readonly problem: (message: string) => void;
  private readonly undo: (() => void)[] = [];
  private waiting: { readonly note: string | null; readonly count: number } | null = null;
  private busy = false;
  private closed = false;

  /**
   * Create it before attaching or writing anything: throws InspectorError if a source of boundaries cannot be opened.
   * @param problem is called with the reason if a phase was not ended
   */
  constructor(options: PhaseOptions, problem: (message: string) => void) {
    this.problem = problem;
    try {
      if (options.signal !== null) this.listen(options.signal);
      if (options.fd !== null) this.read(streamOf(options.fd, `descriptor ${options.fd}`));
      if (options.pipe !== null) this.readPipe(options.pipe);
    } catch (cause) {
      this.close();
      throw cause;
    }
  }

  /** From now on each boundary ends a phase; those that came before end one. */
  begin(endPhase: EndPhase): void {
    this.endPhase = endPhase;
    if (this.waiting !== null) void this.work(endPhase);
  }

  close(): void {
    this.closed = true;
    for (const action of this.undo.splice(0)) action();
  }

  private listen(signal: NodeJS.Signals): void {
    const onSignal = () => this.boundary(null);
    process.on(signal, onSignal);
    this.undo.push(() => process.off(signal, onSignal));
  }

  private readPipe(path: string): void {
    const isOurs = makePipe(path);
    if (isOurs) this.undo.push(() => unlinkSync(path));
    // Opened for writing too: otherwise reading would end when the last writer closes.
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.read(streamOf(fd, path));
  }

  private read(stream: Readable): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      // No more of an unfinished line is kept than a name can have.
      rest = (lines.pop() ?? '').slice(0, MAX_NOTE);
      for (const line of lines) this.boundary(line === '' ? null : line.slice(0, MAX_NOTE - 40));
    });
    stream.on('error', (cause) =>
      this.problem(`Phase boundaries can no longer be read: ${systemReason(cause)}.`),
    );
    this.undo.push(() => stream.destroy());
  }

  private boundary(note: string | null): void {
    if (this.closed) return;
    this.waiting = { note, count: (this.waiting?.count ?? 0) + 1 };
    if (!this.busy && this.endPhase !== null) void this.work(this.endPhase);
  }

  private async work(endPhase: EndPhase): Promise<void> {
    this.busy = true;
    while (this.waiting !== null && !this.closed) {
      const { note, count } = this.waiting;
      this.waiting = null;
      try {
        await endPhase(count === 1 ? note : `${note ?? 'Phase'} (${count} boundaries)`);
      } catch (cause) {
        if (!this.closed) this.problem(InspectorError.from(cause).message);
      }
    }
    this.busy = false;
  }
}

/** @returns whether it was made */
function makePipe(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isFIFO()) return false;
  if (found !== undefined)
    throw new InspectorError(
      'bad-request',
      `${path} is not a named pipe.`,
      'Use another name, or remove it.',
    );
  try {
    execFileSync('mkfifo', ['-m', '600', path], { stdio: 'pipe' });
    return true;
  } catch (cause) {
    throw new InspectorError(
      'io',
      `The pipe ${path} cannot be made: ${(cause as Error).message.trim().split('\n').at(-1)}.`,
    );
  }
}

/** The lines of a pipe, a socket or a file. */
function streamOf(fd: number, name: string): Readable {
  try {
    const status = fstatSync(fd);
    return status.isFIFO() || status.isSocket()
      ? new Socket({ fd, readable: true, writable: false })
      : createReadStream('', { fd });
  } catch {
    throw new InspectorError(
      'bad-request',
      `${name} cannot be read.`,
      'Open it in the shell, such as 3<FILE.',
    );
  }
}
