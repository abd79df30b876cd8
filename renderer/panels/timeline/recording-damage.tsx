import { useState } from 'react';
import { usePlayback } from '../../session/context.ts';
import { Message } from '../../ui/message.tsx';

/** What is wrong with the open recording, until it is dismissed. */
export function RecordingDamage() {
  const playback = usePlayback();
  const [dismissed, setDismissed] = useState<string | null>(null);
  if (!playback || playback.damage === null || dismissed === playback.path) return null;
  return (
    <Message
      kind="warn"
      message={`This recording is not whole: ${playback.damage}`}
      remedy="What is readable of it is shown."
      onDismiss={() => setDismissed(playback.path)}
    />
  );
}
