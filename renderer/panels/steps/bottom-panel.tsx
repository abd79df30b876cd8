import { useSteps } from '../../model/context.ts';
import { Timeline } from '../timeline/timeline.tsx';
import { StepPlayer } from './step-player.tsx';

/** The timeline; for a program that is played by sub-steps, for which no time passes, the player in its place. */
export function BottomPanel() {
  const stepping = useSteps(({ state }) => state !== null);
  return stepping ? <StepPlayer /> : <Timeline />;
}
