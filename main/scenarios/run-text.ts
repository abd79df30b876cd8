import { InspectorError } from '#shared/contract/errors.ts';
import { compareResults, type Difference } from './compare.ts';
import { formatScenario, runScenario } from './interpreter.ts';
import { readJson } from './json.ts';
import type { Scenario, StepResult } from './steps.ts';
import { validateScenario } from './validate.ts';
import { createExecutor } from '../simulated/steps/execute-step.ts';

/** Runs the scenario in `text` on the simulated engine and returns the file's text with its results. */
export function runText(text: string, file: string): string {
  const { json, results } = run(text, file);
  return formatScenario(json, results);
}

/** Runs the scenario in `text` on the simulated engine and compares with the results in it. */
export function checkText(text: string, file: string): { steps: number; differences: Difference[] } {
  const { scenario, results } = run(text, file);
  return { steps: results.length, differences: compareResults(scenario.steps, results) };
}

function run(text: string, file: string): { json: unknown; scenario: Scenario; results: StepResult[] } {
  const json = inFile(file, () => readJson(text));
  const scenario = validateScenario(json, file);
  return {
    json,
    scenario,
    results: inFile(file, () => runScenario(scenario, createExecutor(scenario.machine))),
  };
}

/** Puts the file's name before the message of an error that `action` throws. */
function inFile<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    const { kind, message, remedy } = InspectorError.from(cause);
    throw new InspectorError(kind, `${file}: ${message}`, remedy, { cause });
  }
}
