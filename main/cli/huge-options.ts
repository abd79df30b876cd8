import { HUGE_POLICIES, type HugePolicy } from '#shared/source/backend.ts';
import { BadValue, oneOf } from './option-values.ts';

/** What a command that attaches does about huge pages. */
export interface HugeChoice {
  readonly huge: HugePolicy;
  /** Whether those that were split are restored after detaching. */
  readonly restoreHuge: boolean;
}

/** For parseArgs. */
export const HUGE_OPTIONS = {
  huge: { type: 'string' },
  'no-restore-huge': { type: 'boolean', default: false },
} as const;

/** Reads them; throws BadValue. */
export function hugeChoice(values: { huge?: string | undefined; 'no-restore-huge': boolean }): HugeChoice {
  const huge = values.huge === undefined ? 'split' : oneOf('--huge', values.huge, HUGE_POLICIES);
  if (values['no-restore-huge'] && huge !== 'split')
    throw new BadValue(`--no-restore-huge is for --huge split; with ${huge} none is split`);
  return { huge, restoreHuge: !values['no-restore-huge'] };
}

/** For `--help`. */
export const HUGE_USAGE = `--huge HOW        mappings that have huge pages: split (default; exact, and the first write to each splits it), leave (not
                  tracked), compare (contents are compared)
--no-restore-huge leaves split huge pages split; without it they are restored after detaching, before the command
                  ends (a second Ctrl+C ends that; needs CAP_SYS_NICE)`;
