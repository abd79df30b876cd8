import { InspectorError } from '#shared/contract/errors.ts';
import type { LabSize, MethodProgress, MethodReport } from '#shared/methods/methods.ts';
import { runLab } from '../../methods/run-lab.ts';

/** Measures the tracking methods for one window, one run at a time. */
export class LabRunner {
  private readonly report: (progress: MethodProgress) => void;
  private running: AbortController | null = null;

  constructor(report: (progress: MethodProgress) => void) {
    this.report = report;
  }

  async run(size: LabSize): Promise<MethodReport> {
    if (this.running !== null)
      throw new InspectorError(
        'busy',
        'The methods are being measured already.',
        'Wait for it, or cancel it.',
      );
    const controller = (this.running = new AbortController());
    try {
      return await runLab(size, this.report, controller.signal);
    } finally {
      this.running = null;
    }
  }

  /** No effect if none runs. */
  cancel(): void {
    this.running?.abort(new InspectorError('busy', 'Measuring was cancelled.', 'Run it again.'));
  }
}
