import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareResults, formatDifference } from './compare.ts';
import { runScenario } from './interpreter.ts';
import { parseScenario } from './validate.ts';
import { createExecutor } from '../simulated/steps/execute-step.ts';

const fixtures = new URL('./fixtures/', import.meta.url);

describe.each(['directed', 'random'])('%s traces', (folder) => {
  it.each(readdirSync(new URL(folder, fixtures)))('%s', (file) => {
    const scenario = parseScenario(readFileSync(new URL(`${folder}/${file}`, fixtures), 'utf8'), file);
    const results = runScenario(scenario, createExecutor(scenario.machine));
    expect(compareResults(scenario.steps, results).map(formatDifference)).toEqual([]);
  });
});
