import type { EventPayload } from '#shared/contract/events.ts';
import type { Session } from '../session.ts';
import type { Subscriber } from './subscriber.ts';

type Statistics = EventPayload<'session.statistics'>;

/** Emits once a second what happened in that second, while a source is open. */
export class StatisticsClock {
  private readonly timer: NodeJS.Timeout;
  private samples = 0;
  private scanNs = 0;

  constructor(session: Session, subscriber: Subscriber, emit: (statistics: Statistics) => void) {
    session.listen({
      frame: (frame) => {
        this.samples++;
        this.scanNs += frame.scanNs;
      },
    });
    this.timer = setInterval(() => {
      const { samples, scanNs } = this;
      this.samples = 0;
      this.scanNs = 0;
      const counts = subscriber.takeCounts();
      if (session.active !== null)
        emit({
          samples,
          ...counts,
          scanNs: samples === 0 ? 0 : scanNs / samples,
          cost: session.active.cost(),
        });
    }, 1000);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
