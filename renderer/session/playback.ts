import type { StoreApi } from 'zustand/vanilla';
import type { TimeStore } from './time-store.ts';

/** The shortest stretch that a time axis shows, in ms. */
const LEAST_ZOOM = 20;

/** Moving in time: the moment that all views show as chosen, and what of the time they show. */
export class Playback {
  private readonly time: StoreApi<TimeStore>;

  constructor(time: StoreApi<TimeStore>) {
    this.time = time;
  }

  /** Chooses a moment, in ms; null: the latest. */
  goTo(moment: number | null): void {
    this.time.setState({ cursor: moment });
  }

  /** Shows a stretch of time on every time axis; null: all there is. */
  zoomTo(start: number, end: number): void {
    const spare = Math.max(0, LEAST_ZOOM - (end - start)) / 2;
    this.time.setState({ zoom: { start: start - spare, end: end + spare } });
  }

  zoomOut(): void {
    this.time.setState({ zoom: null });
  }
}
