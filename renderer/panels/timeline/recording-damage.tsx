import { useState } from 'react';
import type { PlaybackState } from '#shared/contract/recording.ts';
import { usePlayback } from '../../model/context.ts';
import { Message } from '../../ui/message.tsx';

/** More damage may be met while it is played. */
const keyOf = ({ path, damage }: PlaybackState): string => `${path}\n${damage}`;

/** What is wrong with the open recording, until it is dismissed. */
export function RecordingDamage() {
  const playback = usePlayback();
  const [dismissed, setDismissed] = useState<string | null>(null);
  if (!playback || playback.damage === null || dismissed === keyOf(playback)) return null;
  return (
    <Message
      kind="warn"
      message={`This recording is not whole: ${playback.damage}`}
      remedy="What is readable of it is shown."
      onDismiss={() => setDismissed(keyOf(playback))}
    />
  );
}
