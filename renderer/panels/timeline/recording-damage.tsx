import { useState } from 'react';
import type { PlaybackState } from '#shared/contract/recording.ts';
import { usePlayback } from '../../model/context.ts';
import { Message } from '../../ui/message.tsx';
import { Toast } from '../../ui/toast.tsx';

/** More damage may be found while it is played. */
const keyOf = ({ path, damage }: PlaybackState): string => `${path}\n${damage}`;

/** What is wrong with the open recording, until it is dismissed. */
export function RecordingDamage() {
  const playback = usePlayback();
  const [dismissed, setDismissed] = useState<string | null>(null);
  if (!playback || playback.damage === null || dismissed === keyOf(playback)) return null;
  const dismiss = (): void => setDismissed(keyOf(playback));
  return (
    <Toast onDismiss={dismiss}>
      <Message
        kind="warn"
        message={`Damaged recording: ${playback.damage}`}
        remedy="The readable frames are shown."
        onDismiss={dismiss}
      />
    </Toast>
  );
}
