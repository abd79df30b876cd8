import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { formatJson, isRecord } from './json.ts';
import type { Executor, IoctlSuccess, Scenario, StepResult } from './steps.ts';

/** Longest `vec` that is written out; a longer one is given by its `vecRuns` alone, so that no step's result grows with a number in the file. */
const MAX_LISTED_VEC = 65_536;

/** List entries (VMAs, runs, offsets …) in all results of a scenario together; the recorded traces have some thousands. */
const MAX_LISTED = 1_000_000;

/**
 * Runs every step in order and returns one result a step. Execution continues after steps that fail, as in a program.
 * Throws an InspectorError that names the step: of kind `internal` if the executor itself fails, `bad-request`
 * if the results list more than MAX_LISTED entries.
 */
export function runScenario(scenario: Scenario, executor: Executor): StepResult[] {
  let listed = 0;
  return scenario.steps.map(({ step }, index) => {
    try {
      const result = executor.execute(step);
      const listing = scenario.fullVec ? withVec(result) : result;
      listed += listLength(listing);
      if (listed > MAX_LISTED) throw tooMuch();
      return listing;
    } catch (cause) {
      const { kind, message, remedy } = InspectorError.from(cause);
      throw new InspectorError(kind, `steps[${index}] (${step.op}): ${message}`, remedy, { cause });
    }
  });
}

/** Entries in the lists of a result. */
function listLength(result: StepResult): number {
  let total = 0;
  for (const value of Object.values(result)) if (Array.isArray(value)) total += value.length;
  return total;
}

const tooMuch = (): InspectorError =>
  new InspectorError(
    'bad-request',
    `the results list more than ${MAX_LISTED} entries`,
    'Ask for fewer pages, or in several scenarios.',
  );

/** Adds `vec`, the byte offsets that `vecRuns` describes. */
function withVec(result: StepResult): StepResult {
  if (!('vecRuns' in result) || !result.vecRuns) return result;
  const { ret, vecRuns, ...rest } = result as IoctlSuccess & Required<Pick<IoctlSuccess, 'vecRuns'>>;
  const total = vecRuns.reduce((sum, [, pages]) => sum + pages, 0);
  if (total > MAX_LISTED_VEC) return result;
  const vec: number[] = [];
  for (const [offset, pages] of vecRuns) {
    for (let page = 0; page < pages; page++) vec.push(offset + page * PAGE_SIZE);
  }
  return { ret, vecRuns, vec, ...rest };
}

/**
 * The text of the scenario file `json` (as `readJson` gave it) with `results` put into its steps: one step a line,
 * every other field unchanged and in its place.
 */
export function formatScenario(json: unknown, results: readonly StepResult[]): string {
  if (!isRecord(json)) throw new TypeError('a validated scenario is an object');
  const members = Object.entries(json).map(([key, value]) => {
    if (key !== 'steps' || !Array.isArray(value)) return `${JSON.stringify(key)}: ${formatJson(value)}`;
    const lines = value.map((step, index) => formatJson({ ...(step as object), result: results[index] }));
    return `"steps":[${lines.map((line) => `\n${line}`).join(',')}\n]`;
  });
  return `{${members.join(', ')}}\n`;
}
