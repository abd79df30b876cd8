import type { CommandRequest } from '#shared/contract/commands.ts';
import { type PlaybackState, type SeekReply, SPEED_LIMITS } from '#shared/contract/recording.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { EngineLink } from '../engine/engine-link.ts';
import type { Attempt } from './attempt.ts';
import { LatestOnly } from './latest-only.ts';
import type { SessionStore } from '../stores/session-store.ts';
import { msOf, nsOf, type TimeSpan, type TimeStore } from '../stores/time-store.ts';

/** The shortest range that a time axis shows. */
const MIN_ZOOM_MS = 20;
/** Speeds that `[` and `]` go through. */
export const SPEEDS = [SPEED_LIMITS.min, 0.25, 0.5, 1, 2, 5, 10, 20, 50, SPEED_LIMITS.max] as const;

interface PlaybackInput {
  readonly link: EngineLink;
  readonly session: StoreApi<SessionStore>;
  readonly time: StoreApi<TimeStore>;
  readonly attempt: Attempt;
  adopt(state: SessionState): void;
}

/** Moving in time: the position and the zoom of all views, and a recording's playback. */
export class PlaybackController {
  private readonly input: PlaybackInput;
  private readonly seeks: LatestOnly<number | null>;
  private readonly steps: LatestOnly<void>;
  /** Where the last seek led to, while the cursor does not show it. */
  private reached: SeekReply | null = null;
  /** Steps requested while one was on its way. */
  private ahead = 0;
  /** Changes that the engine has not answered yet, joined, and how many they are. */
  private asked: CommandRequest<'playback.configure'> = {};
  private unanswered = 0;

  constructor(input: PlaybackInput) {
    this.input = input;
    this.seeks = new LatestOnly(async (timeNs) => {
      await input.attempt(async () => {
        this.reached = await input.link.call('playback.seek', { timeNs });
      });
      // In a recording the cursor has moved to the next position already.
      if (this.reached === null || (this.state && this.seeks.isPending)) return;
      this.moved(this.reached);
      this.reached = null;
    });
    this.steps = new LatestOnly(() =>
      input.attempt(async () => {
        const frames = this.ahead;
        this.ahead = 0;
        this.moved(await input.link.call('playback.step', { frames }));
      }),
    );
  }

  /** Playback state of the open recording; null for other sources. */
  get state(): PlaybackState | null {
    return this.input.session.getState().state?.source?.playback ?? null;
  }

  /**
   * Goes to a time, in ms; null: the latest. A recording goes there; of a live session all views show that time, once the
   * engine has it: if it has not, the banner has the reason and the position stays.
   */
  goTo(timeMs: number | null): void {
    const { state } = this;
    if (!state) {
      if (this.isOpen) this.seeks.request(timeMs === null ? null : nsOf(timeMs));
      return;
    }
    const timeNs = Math.min(
      state.endNs,
      Math.max(state.startNs, timeMs === null ? state.endNs : nsOf(timeMs)),
    );
    // The cursor follows the hand at once, the picture as soon as it can.
    this.input.time.setState({ cursor: msOf(timeNs) });
    this.seeks.request(timeNs);
  }

  /** Frames on (or back, where negative). */
  step(frames: number): void {
    if (!this.isOpen) return;
    this.ahead += frames;
    this.steps.request();
  }

  toggle(): void {
    const { wanted } = this;
    if (wanted) this.configure({ playing: !wanted.playing });
  }

  setSpeed(speed: number): void {
    this.configure({ speed: Math.min(SPEED_LIMITS.max, Math.max(SPEED_LIMITS.min, speed)) });
  }

  /** The next speed up (1) or down (-1). */
  changeSpeed(direction: 1 | -1): void {
    const { wanted } = this;
    if (!wanted) return;
    const faster = SPEEDS.find((speed) => speed > wanted.speed * 1.001);
    const slower = SPEEDS.findLast((speed) => speed < wanted.speed * 0.999);
    const next = direction === 1 ? faster : slower;
    if (next !== undefined) this.setSpeed(next);
  }

  /** Loops a range; null: none. */
  loop(span: TimeSpan | null): void {
    this.configure({ loop: span && { startNs: nsOf(span.start), endNs: nsOf(span.end) } });
  }

  /** Shows a range of time on every time axis. */
  zoomTo(start: number, end: number): void {
    const length = Math.max(MIN_ZOOM_MS, end - start);
    const from = Math.max(0, (start + end - length) / 2);
    this.input.time.setState({ zoom: { start: from, end: from + length } });
  }

  /** Shows all there is. */
  zoomOut(): void {
    this.input.time.setState({ zoom: null });
  }

  /** The session's state changed. While playing, the picture joins the frames passed; once paused, it shows one frame alone. */
  adopt(state: SessionState, before: SessionState | null): void {
    const was = before?.source?.playback;
    const now = state.source?.playback;
    if (was?.playing && now && !now.playing && was.path === now.path) this.steps.request();
  }

  /** The engine reports a position. While a recording is sought it is an earlier one: the reply comes after it. */
  positionChanged(position: SeekReply): void {
    if (!this.state || !this.seeks.isBusy) this.moved(position);
  }

  /** The engine reports its position. */
  moved({ timeNs, frame, live }: SeekReply): void {
    if (this.state) this.input.time.setState({ cursor: msOf(timeNs), frame });
    else this.input.time.setState({ cursor: live === true ? null : msOf(timeNs), frame: null });
  }

  /** Whether all views show the past of a live session. */
  get isPast(): boolean {
    return this.state === null && this.input.time.getState().cursor !== null;
  }

  private get isOpen(): boolean {
    return (this.input.session.getState().state?.source ?? null) !== null;
  }

  /** What the playback will be once the engine has answered all requests: keys can be faster than it. */
  private get wanted(): Pick<PlaybackState, 'playing' | 'speed'> | null {
    const { state, asked } = this;
    return state && { playing: asked.playing ?? state.playing, speed: asked.speed ?? state.speed };
  }

  private configure(change: CommandRequest<'playback.configure'>): void {
    if (!this.state) return;
    this.asked = { ...this.asked, ...change };
    this.unanswered++;
    void this.input
      .attempt(async () => this.input.adopt(await this.input.link.call('playback.configure', change)))
      .finally(() => {
        this.unanswered--;
        if (this.unanswered === 0) this.asked = {};
      });
  }
}
