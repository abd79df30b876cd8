import { InspectorError } from '#shared/contract/errors.ts';
import type { PlaybackChange, TimeRange } from '#shared/contract/recording.ts';

const NS_PER_MS = 1e6;

/** The time of a recording, as far as it is known: `growing` while it is still written. */
export interface RecordedRange extends TimeRange {
  readonly growing: boolean;
}

/** Where a playback is, and how it moves: playing or not, its speed, its loop. */
export class PlaybackClock {
  /** The position. */
  timeNs: number;
  playing = false;
  speed = 1;
  loop: TimeRange | null = null;

  constructor(timeNs: number) {
    this.timeNs = timeNs;
  }

  /**
   * Lets `elapsedMs` pass. Playback ends with the recording unless that grows.
   * @returns null, or where to continue: at the start of the loop, whose end was passed
   */
  advance(elapsedMs: number, { endNs, growing }: RecordedRange): number | null {
    const wanted = this.timeNs + elapsedMs * NS_PER_MS * this.speed;
    if (this.loop !== null && wanted > this.loop.endNs) return this.loop.startNs;
    this.timeNs = Math.min(wanted, endNs);
    if (wanted >= endNs && !growing) this.playing = false;
    return null;
  }

  /** @returns null, or where to begin: playing does not begin outside of the loop or at the end */
  configure({ playing, speed, loop }: PlaybackChange, range: RecordedRange): number | null {
    if (loop) this.loop = clippedLoop(loop, range);
    if (loop === null) this.loop = null;
    if (speed !== undefined) this.speed = speed;
    if (playing === undefined) return null;
    this.playing = playing;
    if (!playing) return null;
    const { startNs, endNs } = this.loop ?? range;
    const outside = this.loop !== null && (this.timeNs < startNs || this.timeNs > endNs);
    return outside || (this.timeNs >= endNs && !range.growing) ? startNs : null;
  }
}

function clippedLoop(loop: TimeRange, range: TimeRange): TimeRange {
  const startNs = Math.max(loop.startNs, range.startNs);
  const endNs = Math.min(loop.endNs, range.endNs);
  if (startNs < endNs) return { startNs, endNs };
  throw new InspectorError(
    'bad-request',
    'The loop is outside of the recording.',
    'Select a range of the recording.',
  );
}
