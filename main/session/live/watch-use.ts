import { InspectorError } from '#shared/contract/errors.ts';
import type { ProblemReporter } from '../problem-reporter.ts';
import type { SessionContext } from '../session-context.ts';
import { Throttle } from '../throttle.ts';
import { Ticker } from '../ticker.ts';
import type { LiveWatches } from './live-watches.ts';

/** Calls a second of GetWriteWatch by what uses a region, like the frames of a game. */
const USE_HZ = 10;
/** Shortest time between two `writeWatch.state` events, in milliseconds. */
const STATE_PERIOD_MS = 250;

/** Calls GetWriteWatch steadily while a watched region is used, and reports the watches' state. */
export class WatchUse {
  private readonly watches: LiveWatches;
  private readonly context: SessionContext;
  private readonly problems: ProblemReporter;
  private readonly isOpen: () => boolean;
  private readonly ticker = new Ticker(() => this.step());
  private readonly throttle = new Throttle(STATE_PERIOD_MS);

  /** @param isOpen whether the program can still be asked */
  constructor(
    watches: LiveWatches,
    context: SessionContext,
    problems: ProblemReporter,
    isOpen: () => boolean,
  ) {
    this.watches = watches;
    this.context = context;
    this.problems = problems;
    this.isOpen = isOpen;
  }

  /** What is used may have changed: the calls begin or stop, and the state is reported at once. */
  changed(): void {
    if (this.watches.isUsed) this.ticker.start(USE_HZ);
    else this.ticker.stop();
    this.report(true);
  }

  /** No call after this one; `changed` begins them again. */
  stop(): void {
    this.ticker.stop();
  }

  /** One call. Pages that a sample took before still count; a failure is reported, and no call follows it. */
  private async step(): Promise<void> {
    await this.context.queue.run(async () => {
      if (!this.isOpen() || !this.watches.isUsed) return;
      try {
        await this.watches.step();
        this.report(false);
      } catch (cause) {
        this.ticker.stop();
        this.problems.failed(InspectorError.from(cause));
      }
    });
  }

  private report(force: boolean): void {
    if (this.throttle.take(force)) this.context.output.event('writeWatch.state', this.watches.state());
  }
}
