import { useSteps } from './model/context.ts';
import { StepComparisonView } from './panels/steps/step-comparison.tsx';
import { Compare } from './panels/compare/compare.tsx';

/** Two steps of a program that is played by sub-steps; else two times or ranges of recordings and sessions. */
export function CompareView() {
  const stepping = useSteps(({ state }) => state !== null);
  return stepping ? <StepComparisonView /> : <Compare />;
}
