import type { NewTrigger } from '#shared/contract/trigger.ts';
import type { PageRange } from '#shared/memory/range.ts';
import { MAX_COUNTED_INTERVALS, MIN_COUNTED_INTERVALS } from '#shared/memory/write-counts.ts';
import type { BackendName } from '#shared/source/backend.ts';
import { addHugeOptions, hugeChoice, type HugeChoice, type HugeValues } from './huge-options.ts';
import { addNamedRange, rangeOption, type RangeValues } from './named-range.ts';
import { backendOf, BadValue, decimal, wholeNumber, MAX_SECONDS } from './option-values.ts';
import { processNumber } from './process-options.ts';
import { addPhases, phaseOptions, type PhaseOptions, type PhaseValues } from './phase-options.ts';
import { addTriggers, triggersOf, type TriggerValues, usesNamedRange } from './trigger-options.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';

export interface WatchOptions extends HugeChoice {
  readonly pid: number;
  /** Samples a second. */
  readonly hz: number;
  /** Milliseconds; null: until it is interrupted or the program ends. */
  readonly duration: number | null;
  /** In pages; null: all memory of the program. */
  readonly range: PageRange | null;
  /** Null: the best that works. */
  readonly backend: BackendName | null;
  /** Stop the program during each sample, if only that is exact. */
  readonly freeze: boolean;
  /** Arm every page in each sample, including those that are written all the time. */
  readonly exact: boolean;
  /** Clear although another program uses the same bits. */
  readonly clearAnyway: boolean;
  /** Intervals of which the writes to each page are counted; null: none. */
  readonly counts: number | null;
  /** Rows of the table. */
  readonly top: number;
  readonly json: boolean;
  readonly triggers: readonly NewTrigger[];
  readonly phases: PhaseOptions;
}

/** What a trigger of `watch` can do. */
export const WATCH_ACTIONS = ['mark', 'snapshot', 'pause', 'run'] as const;

/** What `watch` takes. */
export function watchSyntax(): Syntax {
  const syntax = addNamedRange(
    newSyntax('soft-dirty watch')
      .usage('--pid N [options]')
      .description(
        'Attaches to a running process, shows which pages it writes, and detaches. The process is stopped for less than a millisecond at the beginning (with --freeze at each sample) and is left running, even when this program is killed.',
      )
      .option('--pid <N>', 'the process (see "soft-dirty ps")')
      .option('--hz <N>', 'samples a second, 0.1 to 1000', '20')
      .option(
        '--duration <S>',
        'end after S seconds; without it the watch ends when it is interrupted or the program ends',
      )
      .option(
        '--start <A>',
        'first byte: hexadecimal with 0x, or decimal, with K, M, G or T for the binary units; the start of a page',
      )
      .option('--len <L>', 'length in bytes, rounded up to whole pages'),
  )
    .option('--backend <NAME>', 'tracking method')
    .option(
      '--freeze',
      'stop the program during each sample (about 0.1 ms per thread), which makes soft-dirty exact',
      false,
    )
    .option(
      '--exact',
      'arm every page in each sample; without it pages that are written all the time are armed less often if arming them would cost the program more than some 2 % of its time. New mappings are registered at once, so mremap of memory that was mapped in several calls fails with EFAULT',
      false,
    );
  return addPhases(addTriggers(addHugeOptions(syntax)))
    .option(
      '--clear-anyway',
      'soft-dirty bits that another program uses too (it has pagemap or clear_refs open: some garbage collectors, CRIU) are only read without this: each sample has what was not written at the one before',
      false,
    )
    .option(
      '--counts <M>',
      `at the end, in how many of the last M intervals (${MIN_COUNTED_INTERVALS} to ${MAX_COUNTED_INTERVALS}) each page was written, by mapping; every page is armed in each sample, as with --exact`,
    )
    .option('--top <N>', 'rows of the table', '20')
    .option('--json', 'one JSON object per line instead of the table', false);
}

interface Values extends HugeValues, RangeValues, TriggerValues, PhaseValues {
  readonly pid?: string;
  readonly hz: string;
  readonly duration?: string;
  readonly backend?: string;
  readonly freeze: boolean;
  readonly exact: boolean;
  readonly clearAnyway: boolean;
  readonly counts?: string;
  readonly top: string;
  readonly json: boolean;
}

/** Parses the arguments of `watch`; throws BadValue. */
export function parseWatchOptions(args: readonly string[]): WatchOptions {
  const { values } = parseArguments<Values>(watchSyntax(), args);
  if (values.pid === undefined) throw new BadValue('--pid N is missing');
  const name = values.backend === undefined ? null : backendOf(values.backend);
  if (values.freeze && name !== null && name !== 'soft-dirty') {
    throw new BadValue(`--freeze is for soft-dirty; ${name} never stops the program for a sample`);
  }
  return {
    pid: processNumber(values.pid),
    hz: decimal('--hz', values.hz, 0.1, 1000, 'samples a second'),
    duration:
      values.duration === undefined
        ? null
        : decimal('--duration', values.duration, 0.001, MAX_SECONDS, 'seconds') * 1000,
    range: rangeOption(values.pid, values, usesNamedRange(values)),
    backend: name,
    freeze: values.freeze,
    exact: values.exact || values.counts !== undefined,
    clearAnyway: values.clearAnyway,
    counts:
      values.counts === undefined
        ? null
        : wholeNumber('--counts', values.counts, MIN_COUNTED_INTERVALS, MAX_COUNTED_INTERVALS),
    top: wholeNumber('--top', values.top, 1, 10_000),
    json: values.json,
    phases: phaseOptions(values),
    triggers: triggersOf(values, WATCH_ACTIONS, processNumber(values.pid)),
    ...hugeChoice(values),
  };
}
