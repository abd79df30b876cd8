import { InspectorError } from '#shared/contract/errors.ts';
import type { SeekReply } from '#shared/contract/recording.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { nothingOpen } from '../active-session.ts';
import { type LiveHistory, withEarlier } from '../history/live-history.ts';
import type { SessionHistory } from '../history/session-history.ts';
import type { SessionContext } from '../session-context.ts';

/** A frame of the past and its number among all frames of the session; null: the latest. */
type PastFrame = { readonly frame: Frame; readonly number: number } | null;

/** The time of a live session that its window shows: the latest, or a frame of the past. Sampling continues meanwhile. */
export class PastView {
  private readonly context: Pick<SessionContext, 'output' | 'queue'>;
  private readonly history: SessionHistory;
  /** The latest state, as a key frame. */
  private readonly latest: () => Frame | null;
  private past: PastFrame = null;
  private requests = 0;
  private closed = false;

  constructor(
    context: Pick<SessionContext, 'output' | 'queue'>,
    history: SessionHistory,
    latest: () => Frame | null,
  ) {
    this.context = context;
    this.history = history;
    this.latest = latest;
  }

  /** Whether the window shows the past. */
  get active(): boolean {
    return this.past !== null;
  }

  /** The time of the past that is shown; null: the latest. */
  get timeNs(): number | null {
    return this.past === null ? null : Math.round(this.past.frame.time * 1e6);
  }

  /** Throws if the window shows the past: for what is read of the program itself, which is not kept. */
  requirePresent(): void {
    if (this.past === null) return;
    throw new InspectorError(
      'unsupported',
      'Page tables and page contents are read live; those of the past are not kept.',
      'Return to live.',
    );
  }

  /** What the window shows, as a key frame; null if nothing was sampled. */
  keyFrame(): Frame | null {
    return this.past?.frame ?? this.latest();
  }

  /** A sample was taken. */
  frame(frame: Frame): void {
    if (this.past === null) this.context.output.shown(frame);
  }

  /** @param timeNs null: the latest. @throws InspectorError `unsupported` if the frame is not kept */
  seek(timeNs: number | null): Promise<SeekReply> {
    return this.moveTo((history) => (timeNs === null ? Promise.resolve(null) : frameAt(history, timeNs)));
  }

  /** So many frames later or earlier than what is shown; the one after the last is the latest. */
  step(frames: number): Promise<SeekReply> {
    return this.moveTo((history) => this.after(history, frames));
  }

  /** Returns to the latest time: operations on the program are shown there. */
  async showLatest(): Promise<void> {
    this.requests++;
    if (this.past === null) return;
    this.past = null;
    await this.showKey();
    this.context.output.event('playback.position', this.position());
  }

  /** Drops the result of a seek that is being read. */
  close(): void {
    this.closed = true;
    this.past = null;
  }

  private async moveTo(find: (history: LiveHistory) => Promise<PastFrame>): Promise<SeekReply> {
    const { live, remembers } = this.history;
    if (!remembers) throw new InspectorError('unsupported', 'This session keeps no history.');
    const request = ++this.requests;
    // Runs concurrently with sampling: it may read much.
    const found = await find(live);
    // Read here and cached, so that the task below does not hold up the samples.
    if (found === null) await live.lastWrites(live.index.endNs);
    return this.context.queue.run(async () => {
      if (this.closed) throw nothingOpen();
      if (request === this.requests) {
        this.past = found;
        await this.showKey();
        if (found !== null) await this.emitRates(live, found.frame);
      }
      return this.position();
    });
  }

  private async after(history: LiveHistory, frames: number): Promise<PastFrame> {
    const { index } = history;
    const last = index.dropped + index.frames - 1;
    const wanted = (this.past?.number ?? last) + frames;
    if (index.frames === 0 || (this.past !== null && wanted > last)) return null;
    return readFrame(history, Math.min(last, Math.max(index.dropped, wanted)));
  }

  /** What is pending for a window belongs to another time. */
  private async showKey(): Promise<void> {
    const key = this.past?.frame ?? (await this.latestKey());
    this.context.output.discontinuity();
    if (key !== null) this.context.output.shown(key);
  }

  /** The latest state, with what was written while the window showed the past. */
  private async latestKey(): Promise<Frame | null> {
    const key = this.latest();
    const { live, remembers } = this.history;
    return key && remembers ? withEarlier(key, await live.lastWrites(Math.round(key.time * 1e6))) : key;
  }

  /** How fast pages were written then. */
  private async emitRates(history: LiveHistory, frame: Frame): Promise<void> {
    const rates = await history.rates(Math.round(frame.time * 1e6));
    if (rates !== null && this.past?.frame === frame) this.context.output.event('session.rates', rates);
  }

  private position(): SeekReply {
    const { past } = this;
    if (past === null) return { timeNs: Math.max(0, this.history.nowNs()), frame: 0, live: true };
    return { timeNs: Math.round(past.frame.time * 1e6), frame: past.number, live: false };
  }
}

/** The last frame at or before `timeNs`. */
function frameAt(history: LiveHistory, timeNs: number): Promise<PastFrame> {
  const { index } = history;
  if (index.frames === 0) throw new InspectorError('unsupported', 'Nothing was sampled yet.');
  if (timeNs < index.startNs) throw notKept(timeNs, index.startNs, index.dropped > 0);
  return readFrame(history, index.dropped + index.at(timeNs));
}

async function readFrame(history: LiveHistory, number: number): Promise<PastFrame> {
  return { frame: await history.keyFrame(number), number };
}

function notKept(timeNs: number, startNs: number, isFull: boolean): InspectorError {
  const at = (ns: number): string => `${(ns / 1e9).toFixed(1)} s`;
  return new InspectorError(
    'unsupported',
    isFull
      ? `The frame at ${at(timeNs)} cannot be shown: frames are kept from ${at(startNs)} on; of earlier ones only the written pages and their times.`
      : `The frame at ${at(timeNs)} cannot be shown: the first sample is at ${at(startNs)}.`,
    isFull ? 'Select a later time. A recording keeps every frame.' : 'Select a later time.',
  );
}
