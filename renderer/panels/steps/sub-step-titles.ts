import type { SubStepKind } from '#shared/contract/steps.ts';

/** The kinds of sub-steps, as the list names them. */
export const SUB_STEP_TITLES: Readonly<Record<SubStepKind, string>> = {
  call: 'call',
  return: 'return',
  query: 'query',
  tlb: 'TLB',
  walk: 'walk',
  fault: 'fault',
  handler: 'handler',
  entry: 'entry',
  vma: 'VMA',
  huge: 'huge',
  table: 'table',
  flush: 'flush',
  process: 'process',
  signal: 'signal',
  defect: 'defect',
};
