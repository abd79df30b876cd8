import type { Capabilities } from './capabilities.ts';
import type { SampleMode } from './source.ts';

/** What each mode shows, in one sentence, for where it is selected. */
export const MODE_SENTENCES: Readonly<Record<SampleMode, string>> = {
  interval:
    'Each sample shows what was written since the previous one and clears it, so ages and rates are known.',
  hold: 'Shows what was written since the last clear and clears nothing by itself; when exactly a page was written is not known.',
};

/**
 * The mode in which a source is sampled if the user selected none: interval if clearing takes nothing from any other
 * program (simulated, write-protection, comparison), hold if the bits are the kernel's and others may use them
 * (soft-dirty), if nothing can be cleared, and where the program is played by sub-steps.
 */
export function defaultMode({ getAndClear, clearRefs, clearsForOthers, steps }: Capabilities): SampleMode {
  if (steps === true || clearsForOthers !== undefined || getAndClear === 'none') return 'hold';
  return getAndClear === 'atomic' || !clearRefs ? 'interval' : 'hold';
}
