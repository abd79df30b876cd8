import type { InspectorError } from '#shared/contract/errors.ts';
import type { SessionOutput } from './session-output.ts';

/** Reports a problem once, not at every sample, and that it is over. */
export class ProblemReporter {
  private readonly output: SessionOutput;
  private current: string | null = null;

  constructor(output: SessionOutput) {
    this.output = output;
  }

  failed(error: InspectorError): void {
    if (error.message === this.current) return;
    this.current = error.message;
    this.output.event('session.problem', error.toData());
  }

  succeeded(): void {
    if (this.current !== null) this.output.event('session.recovered', { message: this.current });
    this.current = null;
  }
}
