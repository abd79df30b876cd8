import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareResults, formatDifference } from '../../scenarios/compare.ts';
import { runScenario } from '../../scenarios/interpreter.ts';
import { parseScenario } from '../../scenarios/validate.ts';
import { createExecutor } from '../steps/execute-step.ts';
import { Model } from './model.ts';

const folder = new URL('./regressions/', import.meta.url);

/** Shrunk sequences on which the engine and the reference model differed once, with the result of both since. */
describe.each(readdirSync(folder))('%s', (file) => {
  const scenario = parseScenario(readFileSync(new URL(file, folder), 'utf8'), file);

  it.each([
    ['engine', () => createExecutor(scenario.machine)],
    ['reference model', () => new Model(scenario.machine)],
  ])('%s', (_, executor) => {
    const results = runScenario(scenario, executor());
    expect(compareResults(scenario.steps, results).map(formatDifference)).toEqual([]);
  });
});
