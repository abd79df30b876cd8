import { useSteps } from './model/context.ts';
import { Timeline } from './panels/timeline/timeline.tsx';
import { StepPlayer } from './panels/steps/step-player.tsx';

/** The timeline; for a program that is played by sub-steps, for which no time passes, the player in its place. */
export function BottomPanel() {
  const stepping = useSteps(({ state }) => state !== null);
  return stepping ? <StepPlayer /> : <Timeline />;
}
