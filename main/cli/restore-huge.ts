import {
  restoreSentence,
  type HugeRestoration,
  type RestoreProgress,
} from '#shared/source/huge-restoration.ts';
import type { Output } from './command.ts';
import type { Ending } from './watch-ending.ts';

/** Reports the progress of restoring on standard error: begin, end, and on a terminal in between. */
export class RestoreReport {
  private readonly command: string;
  private readonly output: Output;
  private begun = false;

  constructor(command: string, output: Output) {
    this.command = command;
    this.output = output;
  }

  readonly show = (progress: RestoreProgress): void => {
    if (progress.total === 0) return;
    const terminal = process.stderr.isTTY;
    const back = terminal && this.begun ? '\x1b[A\r\x1b[K' : '';
    if (progress.end === null && this.begun && !terminal) return;
    const hint = progress.end === null ? ' Ctrl+C ends it.' : '';
    this.begun = true;
    this.output.error(`${back}soft-dirty ${this.command}: ${restoreSentence(progress)}${hint}\n`);
  };
}

/** Restores huge pages of a detached process before a command ends, until a signal arrives. */
export async function restoreHugePages(
  restoration: HugeRestoration | null,
  command: string,
  ending: Ending,
  output: Output,
): Promise<void> {
  if (restoration === null) return;
  const report = new RestoreReport(command, output);
  let cancelled = false;
  ending.onNextSignal(() => (cancelled = true));
  report.show(await restoration.run(report.show, () => cancelled));
}
