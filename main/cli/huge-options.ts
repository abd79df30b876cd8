import { HUGE_POLICIES, type HugePolicy } from '#shared/source/backend.ts';
import { BadValue, oneOf } from './option-values.ts';
import type { Syntax } from './syntax.ts';

/** What a command that attaches does about huge pages. */
export interface HugeChoice {
  readonly huge: HugePolicy;
  /** Whether those that were split are restored after detaching. */
  readonly restoreHuge: boolean;
}

/** Parsed values of the options. */
export interface HugeValues {
  readonly huge?: string;
  /** False with `--no-restore-huge`. */
  readonly restoreHuge: boolean;
}

/** Adds the options for huge pages to a command's description. */
export function addHugeOptions(syntax: Syntax): Syntax {
  return syntax
    .option(
      '--huge <HOW>',
      'mappings that have huge pages: split (default; exact, and the first write to each splits it), leave (not tracked), compare (contents are compared)',
    )
    .option(
      '--no-restore-huge',
      'do not restore split huge pages after detaching (restoring takes place before the command ends, a second Ctrl+C stops it; needs CAP_SYS_NICE)',
    );
}

/** Reads the options for huge pages; throws BadValue. */
export function hugeChoice({ huge: name, restoreHuge }: HugeValues): HugeChoice {
  const huge = name === undefined ? 'split' : oneOf('--huge', name, HUGE_POLICIES);
  if (!restoreHuge && huge !== 'split')
    throw new BadValue(`--no-restore-huge is for --huge split; with ${huge} none is split`);
  return { huge, restoreHuge };
}
