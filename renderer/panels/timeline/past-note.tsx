import { Radio } from 'lucide-react';
import { useModel, usePast } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { formatTime } from '../../ui/time.ts';

/** Over the views while they show the past of a live session. */
export function PastNote() {
  const { playback } = useModel();
  const past = usePast();
  if (past === null) return null;
  return (
    <div className="past-note" role="status" data-testid="past-note">
      <span>
        Showing <b className="num">{formatTime(past, 2)}</b>
      </span>
      <Button icon={Radio} kind="primary" onPress={() => playback.goTo(null)}>
        Return to live
      </Button>
    </div>
  );
}
