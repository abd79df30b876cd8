import type { CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { PlaybackPosition } from '#shared/contract/recording.ts';
import type { Playback } from '#shared/source/history.ts';
import type { SampleMode } from '#shared/source/source.ts';

/** How a session samples. */
export interface SamplingSettings {
  mode: SampleMode;
  /** Samples a second; of a recording, those with which it was made. */
  hz: number;
  paused: boolean;
}

/** What a session does differently while a recording is open: `paused` is "not playing", mode and rate are the file's. */
export class PlaybackControl {
  private readonly settings: SamplingSettings;
  /** What holds for live sources again after a recording. */
  private live: SamplingSettings | null = null;
  private last: PlaybackPosition | null = null;
  private seeks = 0;

  /** @param settings those of the session, which are changed here */
  constructor(settings: SamplingSettings) {
    this.settings = settings;
  }

  /** Another source is open: a recording has settings of its own, those before it come back with a live one. */
  begin(playback: Playback | undefined): void {
    if (playback) {
      this.live ??= { ...this.settings };
      this.settings.hz = playback.hz;
      this.settings.paused = true;
    } else if (this.live !== null) {
      Object.assign(this.settings, this.live);
      this.live = null;
    }
    this.last = null;
  }

  /** Does what `session.configure` means for a recording. */
  async configure(
    playback: Playback,
    { mode, hz, paused }: CommandRequest<'session.configure'>,
  ): Promise<void> {
    const { settings } = this;
    if ((mode !== undefined && mode !== settings.mode) || (hz !== undefined && hz !== settings.hz)) {
      throw new InspectorError(
        'unsupported',
        'A recording has the mode and the rate with which it was made.',
      );
    }
    if (paused !== undefined) await playback.configure({ playing: !paused });
  }

  /** A seek that is left out where another has been asked for before its turn. */
  seek(timeNs: number): (playback: Playback) => Promise<void> {
    const mine = ++this.seeks;
    return async (playback) => {
      if (mine === this.seeks) await playback.seek(timeNs);
    };
  }

  /** The position where it is another one than the last time; null where it is the same. */
  moved(playback: Playback): PlaybackPosition | null {
    const position = playback.position();
    if (position.timeNs === this.last?.timeNs && position.frame === this.last.frame) return null;
    this.last = position;
    return position;
  }

  /** Whether it began or ended playing without the session knowing. */
  differs(playback: Playback): boolean {
    return playback.state().playing === this.settings.paused;
  }

  adopt(playback: Playback): void {
    this.settings.paused = !playback.state().playing;
  }
}
