import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Executor, Step, StepResult } from '../../scenarios/steps.ts';
import { sameJson } from '../../scenarios/json.ts';
import { createExecutor } from '../execute-step.ts';
import { Model } from './model.ts';
import { sequences, SHOW_ALL, TOPICS, type Sequence } from './random-steps.ts';

/** How many sequences a topic; a hunt sets HUNT and, to go elsewhere, SEED. */
const RUNS = Number(process.env['HUNT'] ?? 40);
const SEED = Number(process.env['SEED'] ?? 6);

const said = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `0x${part.toString(16)}` : part));

function attempt(executor: Executor, step: Step): StepResult | { thrown: string } {
  try {
    return executor.execute(step);
  } catch (error) {
    return { thrown: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Runs both; returns the first step on which they disagree, with what each says. */
export function disagreement({ machine, steps }: Sequence): string | null {
  const engine = createExecutor(machine);
  const model = new Model(machine);
  const everyProcess = [0, 1, 2, 3].flatMap((process): Step[] => [{ op: 'switch', process }, ...SHOW_ALL]);
  for (const step of [...steps, ...SHOW_ALL, ...everyProcess]) {
    const got = attempt(engine, step);
    const expected = attempt(model, step);
    if (sameJson(got, expected)) continue;
    return `${said(step)}\n  model:  ${said(expected)}\n  engine: ${said(got)}`;
  }
  return null;
}

describe('the engine and the slow model give the same answers', () => {
  it.each(TOPICS)(
    'sequences of topic %s',
    (topic) => {
      const property = fc.property(sequences(topic, 60), (sequence) => disagreement(sequence) === null);
      const { counterexample, seed } = fc.check(property, { numRuns: RUNS, seed: SEED, endOnFailure: false });
      if (!counterexample) return;
      const [sequence] = counterexample;
      const steps = sequence.steps.map((step, index) => `${index}: ${said(step)}`).join('\n');
      expect.fail(`seed ${seed}, ${said(sequence.machine)}\n${steps}\n${disagreement(sequence)}`);
    },
    600_000,
  );
});
