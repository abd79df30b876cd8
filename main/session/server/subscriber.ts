import { encodeFrame } from '#shared/frame/codec.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { mergeFrames } from '#shared/frame/merge.ts';

export interface SubscriberCounts {
  /** Frames sent. */
  frames: number;
  /** Samples that were merged into the frame of another. */
  merged: number;
  bytes: number;
}

/**
 * Brings frames to one window: at most one is in flight, and what comes until it is acknowledged is merged, so that a
 * slow window misses no written page and a stuck one costs no memory beyond one frame.
 */
export class Subscriber {
  private readonly send: (buffer: ArrayBuffer) => void;
  private readonly key: () => Frame | null;
  /** Sent and not yet painted. */
  private underWay: Frame | null = null;
  private pending: Frame | null = null;
  private needsKey = true;
  /** Whether what is in flight is of the current source and time, so that it is sent again if it is lost. */
  private underWayCounts = true;
  private counts: SubscriberCounts = { frames: 0, merged: 0, bytes: 0 };

  /** @param key the session's current state as a key frame, null if it has none */
  constructor(send: (buffer: ArrayBuffer) => void, key: () => Frame | null) {
    this.send = send;
    this.key = key;
  }

  offer(frame: Frame): void {
    this.pending = this.pending === null ? frame : mergeFrames(this.pending, frame);
    // Impossible while every frame of the session is offered; a key frame is right in any case.
    if (this.pending === null) {
      this.pending = frame;
      this.needsKey = true;
    }
    if (this.underWay === null) this.flush();
  }

  /** The window painted the frame `sequence`. */
  ack(sequence: number): void {
    if (this.underWay?.sequence !== sequence) return;
    this.underWay = null;
    if (this.pending !== null) this.flush();
  }

  /** The window lost its state, or could not use the frame in flight: everything again, at once. */
  resync(): void {
    this.needsKey = true;
    const lost = this.underWayCounts ? this.underWay : null;
    this.underWay = null;
    // What the lost frame showed as written in its interval is not in the window yet.
    if (lost !== null) this.pending = this.pending === null ? lost : mergeFrames(lost, this.pending);
    this.pending ??= this.key();
    if (this.pending !== null) this.flush();
  }

  /** Another source or another time: what is pending or in flight does not add to what follows. */
  reset(): void {
    this.pending = null;
    this.needsKey = true;
    this.underWayCounts = false;
  }

  /** The counts since the last call. */
  takeCounts(): SubscriberCounts {
    const { counts } = this;
    this.counts = { frames: 0, merged: 0, bytes: 0 };
    return counts;
  }

  private flush(): void {
    let frame = this.pending;
    if (frame === null) return;
    if (this.needsKey && frame.kind !== 'key') {
      const key = this.key();
      const whole = key && mergeFrames(frame, key);
      if (whole === null) return;
      frame = { ...whole, merged: frame.merged };
    }
    // First: what cannot be encoded is not in flight.
    const buffer = encodeFrame(frame);
    this.needsKey = false;
    this.pending = null;
    this.underWay = frame;
    this.underWayCounts = true;
    this.counts.frames++;
    this.counts.merged += frame.merged - 1;
    this.counts.bytes += buffer.byteLength;
    this.send(buffer);
  }
}
