import type { TrackingSource } from '#shared/source/source.ts';
import type { SessionContext } from '../session-context.ts';
import { Throttle } from '../throttle.ts';
import type { LiveSampler } from './live-sampler.ts';

/** Shortest time between two `source.progress` events, in milliseconds. */
const PROGRESS_PERIOD_MS = 100;
/** Shortest time between two `session.rates` events, in milliseconds. */
const RATES_PERIOD_MS = 250;

/** Reports the program's step and the rates of writes after samples, a few times a second. */
export class SampleReports {
  private readonly source: TrackingSource;
  private readonly sampler: LiveSampler;
  private readonly context: SessionContext;
  private readonly progress = new Throttle(PROGRESS_PERIOD_MS);
  private readonly rates = new Throttle(RATES_PERIOD_MS);
  private lastStep: number | null = null;

  constructor(source: TrackingSource, sampler: LiveSampler, context: SessionContext) {
    this.source = source;
    this.sampler = sampler;
    this.context = context;
  }

  /** The program's step, if it has one and it changed. */
  reportStep(): void {
    const { step } = this.source.progress();
    if (step === null || step === this.lastStep || !this.progress.take()) return;
    this.lastStep = step;
    this.context.output.event('source.progress', { step });
  }

  /** The rates of each mapping. @param asked whether the sample was asked for: its rates are always reported */
  reportRates(asked: boolean): void {
    if (!this.rates.take(asked)) return;
    const rates = this.sampler.meter.rates(this.sampler.frames.written.vmas);
    if (rates !== null) this.context.output.event('session.rates', rates);
  }
}
