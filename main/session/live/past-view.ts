import { InspectorError } from '#shared/contract/errors.ts';
import type { SeekReply } from '#shared/contract/recording.ts';
import type { Frame } from '#shared/frame/frame.ts';
import type { LiveHistory } from '../history/live-history.ts';

/** A frame of the past and its number among all frames of the session; null: the latest. */
export type PastFrame = { readonly picture: Frame; readonly number: number } | null;

/** The time of a live session that its window shows: the latest, or a frame of the past. Sampling goes on meanwhile. */
export class PastView {
  private shown: PastFrame = null;
  private requests = 0;

  /** The frame that is shown; null: the latest. */
  get picture(): Frame | null {
    return this.shown?.picture ?? null;
  }

  /** A request to move: what was asked for before and is still being read is overtaken. @returns its number */
  begin(): number {
    return ++this.requests;
  }

  isLast(request: number): boolean {
    return request === this.requests;
  }

  /** The last frame at or before `timeNs`. @throws InspectorError `unsupported` where it is not kept */
  at(history: LiveHistory, timeNs: number): Promise<PastFrame> {
    const { index } = history;
    if (index.frames === 0) throw new InspectorError('unsupported', 'Nothing was sampled yet.');
    if (timeNs < index.startNs) throw forgotten(timeNs, index.startNs, index.dropped > 0);
    return read(history, index.dropped + index.at(timeNs));
  }

  /** So many frames on or back from what is shown; on from the last one comes the latest. */
  async after(history: LiveHistory, frames: number): Promise<PastFrame> {
    const { index } = history;
    const last = index.dropped + index.frames - 1;
    const wanted = (this.shown?.number ?? last) + frames;
    if (index.frames === 0 || (this.shown !== null && wanted > last)) return null;
    return read(history, Math.min(last, Math.max(index.dropped, wanted)));
  }

  show(frame: PastFrame): void {
    this.shown = frame;
  }

  position(nowNs: number): SeekReply {
    const { shown } = this;
    if (shown === null) return { timeNs: Math.max(0, Math.round(nowNs)), frame: 0, live: true };
    return { timeNs: Math.round(shown.picture.time * 1e6), frame: shown.number, live: false };
  }
}

async function read(history: LiveHistory, number: number): Promise<PastFrame> {
  return { picture: await history.picture(number), number };
}

function forgotten(timeNs: number, startNs: number, isFull: boolean): InspectorError {
  const at = (ns: number): string => `${(ns / 1e9).toFixed(1)} s`;
  return new InspectorError(
    'unsupported',
    isFull
      ? `The picture at ${at(timeNs)} cannot be shown: frames are kept from ${at(startNs)} on, of earlier ones only where and when pages were written.`
      : `The picture at ${at(timeNs)} cannot be shown: the first sample is that at ${at(startNs)}.`,
    isFull ? 'Select a later time. A recording keeps every frame.' : 'Select a later time.',
  );
}
