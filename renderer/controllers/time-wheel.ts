import type { TimeSpan } from '../stores/time-store.ts';
import type { WheelTurn } from '../ui/wheel.ts';
import type { PlaybackController } from './playback-controller.ts';

/** A time axis as it is shown. */
interface TimeAxis {
  readonly span: TimeSpan;
  /** CSS pixels. */
  readonly width: number;
  timeAt(x: number): number;
}

/** Moves or zooms what all time axes show, about the time at `x` of one of them. */
export function turnTime(playback: PlaybackController, turn: WheelTurn, axis: TimeAxis, x: number): void {
  const { start, end } = axis.span;
  if (turn.kind === 'zoom') {
    const about = axis.timeAt(x);
    playback.zoomTo(about + (start - about) / turn.factor, about + (end - about) / turn.factor);
  } else {
    const by = ((turn.dx + turn.dy) / Math.max(1, axis.width)) * (end - start);
    playback.zoomTo(start + by, end + by);
  }
}
