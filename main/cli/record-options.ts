import type { NewTrigger } from '#shared/contract/trigger.ts';
import type { OpenSource } from '#shared/contract/commands.ts';
import { SAMPLE_MODES, type SampleMode } from '#shared/source/source.ts';
import { addHugeOptions, hugeChoice, type HugeValues } from './huge-options.ts';
import { BadValue, backendOf, byteCount, decimal, filePath, oneOf, wholeNumber } from './option-values.ts';
import { addPhases, phaseOptions, type PhaseOptions, type PhaseValues } from './phase-options.ts';
import { addTriggers, triggersOf, type TriggerValues, usesNamedRange } from './trigger-options.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { processNumber } from './process-options.ts';

/** A recording without a frame needs some kilobytes. */
const MIN_SIZE = 64 * 1024;
const MAX_SECONDS = 1e9;

export interface RecordOptions {
  /** What is recorded; a scenario file's name, or a source. */
  readonly what: { readonly scenario: string } | { readonly source: OpenSource };
  /** Null: a new file in the user's data folder. */
  readonly out: string | null;
  readonly hz: number;
  readonly mode: SampleMode;
  /** Milliseconds; null: until it is interrupted or the program ends. */
  readonly duration: number | null;
  readonly maxBytes: number | null;
  readonly json: boolean;
  readonly triggers: readonly NewTrigger[];
  readonly phases: PhaseOptions;
}

/** What a trigger of `record` can do. */
export const RECORD_ACTIONS = ['mark', 'snapshot', 'pause', 'save', 'stop-recording', 'run'] as const;

/** What `record` takes. */
export function recordSyntax(): Syntax {
  const syntax = newSyntax('soft-dirty record')
    .usage(
      [
        '--pid N [options]',
        'soft-dirty record --launch PROGRAM [options] [-- ARGUMENT...]',
        'soft-dirty record --workload NAME [--seed N] [options]',
        'soft-dirty record --scenario FILE.json [options]',
      ].join('\n       '),
    )
    .description(
      'Records which pages a program writes, into a file that the inspector\'s window opens ("soft-dirty info FILE" describes it).',
    )
    .argument('[ARGUMENT...]', 'arguments of the program of --launch')
    .option('--pid <N>', 'a running process (see "soft-dirty ps"); it is left running')
    .option(
      '--launch <PROGRAM>',
      'start a program and record it from its first instruction to its end, through exec; it continues when the recording ends, without output',
    )
    .option('--workload <NAME>', 'a simulated program')
    .option('--seed <N>', 'another run of the simulated program')
    .option(
      '--scenario <FILE>',
      'a scenario file (see "soft-dirty scenario --help"): one frame per step, and a mark for each step with a title',
    )
    .option(
      '--out <FILE>',
      'default: a new file in $XDG_DATA_HOME/soft-dirty-inspector/recordings; an existing file is never overwritten',
    )
    .option('--hz <N>', 'samples a second, 0.1 to 60', '20')
    .option(
      '--mode <MODE>',
      'interval (default): each frame has what was written since the one before, and clears it; hold: what was written since the last clear',
    )
    .option(
      '--clear-anyway',
      'soft-dirty bits that another program uses too (it has pagemap or clear_refs open) are only read, as with hold, unless this or --mode interval is given',
      false,
    )
    .option(
      '--duration <S>',
      'end after S seconds; without it the recording ends when it is interrupted or the program ends',
    )
    .option('--max-size <BYTES>', 'end before the file is larger; K, M, G and T are binary units')
    .option('--backend <NAME>', 'tracking method; without it the best that works ("soft-dirty probe")');
  return addPhases(addTriggers(addHugeOptions(syntax)))
    .option(
      '--ranges <FILE>',
      'named ranges as the window exports them, CSV or JSON, for --trigger: range:NAME',
    )
    .option('--exact', 'arm every page in each sample (see "soft-dirty watch --help")', false)
    .option('--json', 'the result as one JSON object', false);
}

interface Values extends HugeValues, TriggerValues, PhaseValues {
  readonly pid?: string;
  readonly launch?: string;
  readonly scenario?: string;
  readonly workload?: string;
  readonly seed?: string;
  readonly out?: string;
  readonly hz: string;
  readonly mode?: string;
  readonly clearAnyway: boolean;
  readonly duration?: string;
  readonly maxSize?: string;
  readonly backend?: string;
  readonly exact: boolean;
  readonly json: boolean;
}

/** Parses the arguments of `record`; throws BadValue. */
export function parseRecordOptions(args: readonly string[]): RecordOptions {
  const { values, words } = parseArguments<Values>(recordSyntax(), args);
  const selected = (['pid', 'launch', 'scenario', 'workload'] as const).filter(
    (name) => values[name] !== undefined,
  );
  if (selected.length !== 1) {
    throw new BadValue('specify one of --pid N, --launch PROGRAM, --workload NAME, --scenario FILE');
  }
  const { pid, launch, scenario, workload, seed, backend } = values;
  if (words.length > 0 && launch === undefined)
    throw new BadValue(
      `unexpected argument ${JSON.stringify(words[0])}; arguments are for the program of --launch`,
    );
  if (backend !== undefined && pid === undefined && launch === undefined)
    throw new BadValue('--backend is for --pid and --launch');
  if (values.exact && pid === undefined && launch === undefined)
    throw new BadValue('--exact is for --pid and --launch');
  if (scenario !== undefined && values.trigger.length + values.triggerEach.length > 0)
    throw new BadValue('--trigger is for programs, not for --scenario');
  if (values.ranges !== undefined && !usesNamedRange(values))
    throw new BadValue("--ranges FILE is for triggers: --trigger 'range:NAME written -> mark'");
  if (seed !== undefined && workload === undefined) throw new BadValue('--seed is for --workload');
  const choice = hugeChoice(values);
  if ((values.huge !== undefined || !choice.restoreHuge) && pid === undefined && launch === undefined)
    throw new BadValue('--huge and --no-restore-huge are for --pid and --launch');
  const how = {
    ...(backend !== undefined && { backend: backendOf(backend) }),
    // Interval mode implies clearing.
    ...((values.clearAnyway || values.mode === 'interval') && { clearAnyway: true }),
    ...(values.exact && { exact: true }),
    ...(choice.huge !== 'split' && { huge: choice.huge }),
    ...(!choice.restoreHuge && { restoreHuge: false }),
  };
  let what: RecordOptions['what'];
  if (pid !== undefined) {
    what = { source: { kind: 'native', pid: processNumber(pid), ...how } };
  } else if (launch !== undefined) {
    what = { source: { kind: 'launch', command: launch, args: [...words], cwd: null, env: {}, ...how } };
  } else if (workload !== undefined) {
    const number = seed === undefined ? 1 : wholeNumber('--seed', seed, 0, 0xffff_ffff);
    what = { source: { kind: 'simulated', workload, parameters: {}, seed: number } };
  } else {
    what = { scenario: filePath(scenario ?? '') };
  }
  const { duration, maxSize: size } = values;
  return {
    what,
    out: values.out === undefined ? null : filePath(values.out),
    hz: decimal('--hz', values.hz, 0.1, 60, 'samples a second'),
    mode: oneOf('--mode', values.mode ?? 'interval', SAMPLE_MODES),
    duration:
      duration === undefined ? null : decimal('--duration', duration, 0.001, MAX_SECONDS, 'seconds') * 1000,
    maxBytes: size === undefined ? null : byteCount('--max-size', size, MIN_SIZE),
    json: values.json,
    phases: phaseOptions(values),
    triggers: triggersOf(values, RECORD_ACTIONS, pid === undefined ? null : processNumber(pid)),
  };
}
