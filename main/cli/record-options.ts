import { parseArgs } from 'node:util';
import type { OpenSource } from '#shared/contract/commands.ts';
import { SAMPLE_MODES, type SampleMode } from '#shared/source/source.ts';
import { HUGE_OPTIONS, hugeChoice } from './huge-options.ts';
import { BadValue, backendOf, byteCount, decimal, filePath, oneOf, wholeNumber } from './option-values.ts';

/** A recording without a frame needs some kilobytes. */
const LEAST_SIZE = 64 * 1024;
const MOST_SECONDS = 1e9;

export interface RecordOptions {
  /** What is recorded; a scenario file's name, or a source. */
  readonly what: { readonly scenario: string } | { readonly source: OpenSource };
  /** Null: a file of its own in the user's data folder. */
  readonly out: string | null;
  readonly hz: number;
  readonly mode: SampleMode;
  /** Milliseconds; null: until it is interrupted or the program ends. */
  readonly duration: number | null;
  readonly maxBytes: number | null;
  readonly json: boolean;
}

/** Reads the words after `record`; throws with what is wrong. */
export function parseRecordOptions(args: readonly string[]): RecordOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      pid: { type: 'string' },
      launch: { type: 'string' },
      scenario: { type: 'string' },
      workload: { type: 'string' },
      seed: { type: 'string' },
      out: { type: 'string' },
      hz: { type: 'string', default: '20' },
      mode: { type: 'string' },
      'clear-anyway': { type: 'boolean', default: false },
      duration: { type: 'string' },
      'max-size': { type: 'string' },
      backend: { type: 'string' },
      exact: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      ...HUGE_OPTIONS,
    },
  });
  const chosen = (['pid', 'launch', 'scenario', 'workload'] as const).filter(
    (name) => values[name] !== undefined,
  );
  if (chosen.length !== 1) {
    throw new BadValue(
      'what is to be recorded? One of --pid N, --launch PROGRAM, --workload NAME, --scenario FILE',
    );
  }
  const { pid, launch, scenario, workload, seed, backend } = values;
  if (positionals.length > 0 && launch === undefined)
    throw new BadValue(
      `what is ${JSON.stringify(positionals[0])}? Words of their own go to the program of --launch`,
    );
  if (backend !== undefined && pid === undefined && launch === undefined)
    throw new BadValue('--backend is for --pid and --launch');
  if (values.exact && pid === undefined && launch === undefined)
    throw new BadValue('--exact is for --pid and --launch');
  if (seed !== undefined && workload === undefined) throw new BadValue('--seed is for --workload');
  const choice = hugeChoice(values);
  if ((values.huge !== undefined || !choice.restoreHuge) && pid === undefined && launch === undefined)
    throw new BadValue('--huge and --no-restore-huge are for --pid and --launch');
  const how = {
    ...(backend !== undefined && { backend: backendOf(backend) }),
    // Whoever asks for intervals asks for clears.
    ...((values['clear-anyway'] || values.mode === 'interval') && { clearAnyway: true }),
    ...(values.exact && { exact: true }),
    ...(choice.huge !== 'split' && { huge: choice.huge }),
    ...(!choice.restoreHuge && { restoreHuge: false }),
  };
  let what: RecordOptions['what'];
  if (pid !== undefined) {
    what = { source: { kind: 'native', pid: wholeNumber('--pid', pid, 1, 2 ** 31 - 1), ...how } };
  } else if (launch !== undefined) {
    what = { source: { kind: 'launch', command: launch, args: positionals, cwd: null, env: {}, ...how } };
  } else if (workload !== undefined) {
    const number = seed === undefined ? 1 : wholeNumber('--seed', seed, 0, 0xffff_ffff);
    what = { source: { kind: 'simulated', workload, parameters: {}, seed: number } };
  } else {
    what = { scenario: filePath(scenario ?? '') };
  }
  const { duration, 'max-size': size } = values;
  return {
    what,
    out: values.out === undefined ? null : filePath(values.out),
    hz: decimal('--hz', values.hz, 0.1, 60, 'samples a second'),
    mode: oneOf('--mode', values.mode ?? 'interval', SAMPLE_MODES),
    duration:
      duration === undefined ? null : decimal('--duration', duration, 0.001, MOST_SECONDS, 'seconds') * 1000,
    maxBytes: size === undefined ? null : byteCount('--max-size', size, LEAST_SIZE),
    json: values.json,
  };
}
