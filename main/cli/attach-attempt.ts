import { InspectorError } from '#shared/contract/errors.ts';
import { endedMeanwhile } from '../native/errors.ts';
import { hasEnded } from '../native/process/status.ts';
import { isHidden } from '../native/process/visibility.ts';

/** Attaching to process `pid`, in steps: a program that ends in any of them is reported as one that ended while attaching. */
export class AttachAttempt {
  private readonly pid: number;
  /** A process that never existed keeps its own reason. */
  private readonly present: boolean;

  constructor(pid: number) {
    this.pid = pid;
    this.present = !hasEnded(pid);
  }

  /** Runs one step; rejects as the step does, or because the program has ended. */
  async step<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (cause) {
      throw this.ended(cause) ? endedMeanwhile(this.pid) : cause;
    }
  }

  private ended(cause: unknown): boolean {
    if (!(cause instanceof InspectorError) || !this.present) return false;
    const { kind } = cause;
    return (
      (kind === 'program-ended' || kind === 'no-such-process') && hasEnded(this.pid) && !isHidden(this.pid)
    );
  }
}
