import { ChevronFirst, ChevronLast, ChevronLeft, ChevronRight, Pause, Play, Repeat } from 'lucide-react';
import type { PlaybackState } from '#shared/contract/recording.ts';
import { useModel, useSession, useTime } from '../../model/context.ts';
import { SPEEDS } from '../../controllers/playback-controller.ts';
import { msOf } from '../../stores/time-store.ts';
import { IconButton, IconToggle } from '../../ui/button.tsx';
import { Select } from '../../ui/fields.tsx';
import { formatCount } from '../../ui/format.ts';
import { formatTime } from '../../ui/time.ts';

const label = (speed: number): string => `${speed}×`;

/** Play, step, speed, loop; the position. */
export function PlaybackControls({ state }: { readonly state: PlaybackState }) {
  const { playback } = useModel();
  const cursor = useTime((time) => time.cursor ?? 0);
  const frame = useTime((time) => time.frame ?? 0);
  const range = useTime((time) => time.range);
  const isLive = useSession(({ host }) => host.status === 'running');
  const speeds = [...new Set([...SPEEDS, state.speed])].sort((a, b) => a - b);
  return (
    <div className="timeline__group" role="group" aria-label="Playback">
      <IconButton
        label="To the beginning"
        icon={ChevronFirst}
        isDisabled={!isLive}
        onPress={() => playback.goTo(msOf(state.startNs))}
      />
      <IconButton
        label="Previous frame"
        icon={ChevronLeft}
        shortcut="←"
        isDisabled={!isLive || frame <= 0}
        onPress={() => playback.step(-1)}
      />
      <IconButton
        label={state.playing && isLive ? 'Pause' : 'Play'}
        icon={state.playing && isLive ? Pause : Play}
        shortcut="Space"
        isDisabled={!isLive}
        onPress={() => playback.toggle()}
      />
      <IconButton
        label="Next frame"
        icon={ChevronRight}
        shortcut="→"
        isDisabled={!isLive || frame >= state.frames - 1}
        onPress={() => playback.step(1)}
      />
      <IconButton
        label="To the end"
        icon={ChevronLast}
        isDisabled={!isLive}
        onPress={() => playback.goTo(msOf(state.endNs))}
      />
      <span className="timeline__clock num" data-testid="playback-clock">
        {formatTime(cursor, 2)} <span className="faint">/ {formatTime(msOf(state.endNs), 2)}</span>
      </span>
      <span className="timeline__frame num dim" data-testid="playback-frame">
        {formatCount(frame + 1)} <span className="faint">/ {formatCount(state.frames)}</span>
      </span>
      <div className="timeline__speed">
        <Select
          label="Speed"
          hideLabel
          value={label(state.speed)}
          isDisabled={!isLive}
          choices={speeds.map((speed) => ({ value: label(speed), label: label(speed) }))}
          onChange={(value) => playback.setSpeed(Number(value.slice(0, -1)))}
        />
      </div>
      <IconToggle
        label={range || state.loop ? 'Loop selection' : 'Loop: drag over an interval first'}
        icon={Repeat}
        shortcut="L"
        isSelected={state.loop !== null}
        isDisabled={!isLive || (!range && !state.loop)}
        onChange={(on) => playback.loop(on ? range : null)}
      />
    </div>
  );
}
