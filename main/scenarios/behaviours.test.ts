import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareResults, formatDifference } from './compare.ts';
import { runScenario } from './interpreter.ts';
import { parseScenario } from './validate.ts';
import { createExecutor } from '../simulated/steps/execute-step.ts';
import { Model } from '../simulated/reference-model/model.ts';

const folder = new URL('./behaviours/', import.meta.url);
const files = readdirSync(folder);

/** The ids in a file's name: `T17-T19-huge-page.json` is about T17, T18 and T19. */
function idsOf(file: string): string[] {
  const [, first, last] = /^([TB]\d+)(?:-T(\d+))?-/.exec(file) ?? [];
  if (!first) return [];
  const from = Number(first.slice(1));
  return Array.from({ length: Number(last ?? from) - from + 1 }, (_, index) => `${first[0]}${from + index}`);
}

describe('behaviours of the catalogue, as reviewed', () => {
  it.each(files)('%s', (file) => {
    const scenario = parseScenario(readFileSync(new URL(file, folder), 'utf8'), file);
    const results = runScenario(scenario, createExecutor(scenario.machine));
    expect(compareResults(scenario.steps, results).map(formatDifference)).toEqual([]);
    if (scenario.machine.mode === 'posted') return;
    const expected = runScenario(scenario, new Model(scenario.machine));
    expect(compareResults(scenario.steps, expected).map(formatDifference)).toEqual([]);
  });

  it('every id is there', () => {
    // T5 needs a second user, T26 a loop (loops.test.ts); T4, T27 to T32 are not in the catalogue.
    const elsewhere = ['T4', 'T5', 'T26', 'T27', 'T28', 'T29', 'T30', 'T31', 'T32'];
    const wanted = Array.from({ length: 55 }, (_, index) => `T${index + 1}`);
    const found = new Set(files.flatMap(idsOf));
    expect(wanted.filter((id) => !found.has(id))).toEqual(elsewhere);
    for (let id = 1; id <= 12; id++) {
      expect(
        files.filter((file) => file.startsWith(`B${id}-`)).map((file) => /-(\w+)\.json$/.exec(file)?.[1]),
      ).toEqual(['documented', 'posted']);
    }
  });

  it.each(files)('%s states what is expected, and is named as its file', (file) => {
    const scenario = parseScenario(readFileSync(new URL(file, folder), 'utf8'), file);
    expect(`${scenario.name}.json`).toBe(file);
    const [id] = idsOf(file);
    expect(scenario.description).toMatch(new RegExp(`^${id ?? 'Own'}\\b`));
  });
});
