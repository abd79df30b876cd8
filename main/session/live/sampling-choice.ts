import type { CommandRequest } from '#shared/contract/commands.ts';
import type { SampleMode } from '#shared/source/source.ts';

/** How the user wants live sources to be sampled. */
export interface SamplingChoice {
  /** Null: the source's default. */
  readonly mode: SampleMode | null;
  /** Samples a second. */
  readonly hz: number;
  readonly paused: boolean;
}

/** The choice after a change, in which missing fields stay unchanged. */
export function changedSampling(
  { mode, hz, paused }: SamplingChoice,
  change: CommandRequest<'session.configure'>,
): SamplingChoice {
  return { mode: change.mode ?? mode, hz: change.hz ?? hz, paused: change.paused ?? paused };
}
