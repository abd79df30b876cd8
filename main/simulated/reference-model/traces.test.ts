import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareResults, formatDifference } from '../../scenarios/compare.ts';
import { runScenario } from '../../scenarios/interpreter.ts';
import { parseScenario } from '../../scenarios/validate.ts';
import { Model } from './model.ts';

const fixtures = new URL('../../scenarios/fixtures/', import.meta.url);

describe.each(['directed', 'random'])('%s traces', (folder) => {
  it.each(readdirSync(new URL(folder, fixtures)))('%s', (file) => {
    const scenario = parseScenario(readFileSync(new URL(`${folder}/${file}`, fixtures), 'utf8'), file);
    const results = runScenario(scenario, new Model(scenario.machine));
    expect(compareResults(scenario.steps, results).map(formatDifference)).toEqual([]);
  });
});
