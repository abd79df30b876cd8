import type { PagemapScanStep, StepResult } from '../scenarios/steps.ts';
import type { SimulatedProcess } from './process.ts';

export function scanStep(process: SimulatedProcess, step: PagemapScanStep): StepResult {
  void [process, step];
  return { errno: 'EINVAL' };
}
