import type { SessionOutput } from '../session-output.ts';
import type { RecordingPlayer } from './recording-player.ts';

/** Reads from a recording how fast pages were written at the position, and emits it. */
export class PlaybackRates {
  private readonly player: RecordingPlayer;
  private readonly output: SessionOutput;
  private reading = false;
  private stopped = false;

  constructor(player: RecordingPlayer, output: SessionOutput) {
    this.player = player;
    this.output = output;
  }

  /** Those at the current position; if others are being read, the latest position follows them. */
  emit(): void {
    void this.read();
  }

  stop(): void {
    this.stopped = true;
  }

  private async read(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    const { player } = this;
    try {
      for (let last = -1; !this.stopped && last !== player.position().frame;) {
        const { frame, timeNs } = player.position();
        last = frame;
        const rates = await player.history.rates(timeNs);
        if (rates !== null && !this.stopped) this.output.event('session.rates', rates);
        if (player.playing) break;
      }
    } catch {
      // A damaged part: playback reports it.
    } finally {
      this.reading = false;
    }
  }
}
