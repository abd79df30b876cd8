import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameJson } from '../../scenarios/json.ts';
import {
  DEFAULT_MACHINE,
  type Executor,
  type MachineSettings,
  type Step,
  type StepResult,
} from '../../scenarios/steps.ts';
import { createExecutor } from '../steps/execute-step.ts';
import { Model } from './model.ts';
import { ARENA, Dice, TOPICS, type Topic } from './choice.ts';
import { SHOW_ALL, stepOf } from './random-steps.ts';

/** Sequences per topic; set HUNT for more of them, and SEED for others. */
const RUNS = Number(process.env['HUNT'] ?? 30);
const SEED = Number(process.env['SEED'] ?? 6);

const format = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `0x${part.toString(16)}` : part));

function attempt(executor: Executor, step: Step): StepResult | { thrown: string } {
  try {
    return executor.execute(step);
  } catch (error) {
    return { thrown: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Makes each step from its numbers and runs it on both; the steps up to the first difference with both results, or null. */
function compare(machine: MachineSettings, numbers: readonly number[][], topic: Topic): string | null {
  const engine = createExecutor(machine);
  const model = new Model(machine);
  const transcript: string[] = [];
  const differs = (step: Step): boolean => {
    transcript.push(format(step));
    const expected = attempt(model, step);
    if (model.exhausted) return false;
    const got = attempt(engine, step);
    if (sameJson(got, expected)) return false;
    transcript.push(`model:  ${format(expected)}`, `engine: ${format(got)}`);
    return true;
  };
  for (const list of numbers) {
    if (differs(stepOf(new Dice(list), model.current, topic))) return transcript.join('\n');
    if (model.exhausted) return null;
  }
  const everyProcess = model.processes.flatMap((_, index): Step[] => [
    { op: 'switch', process: index },
    ...SHOW_ALL,
  ]);
  return [...SHOW_ALL, ...everyProcess].some(differs) ? transcript.join('\n') : null;
}

const machines = fc.record({
  thp: fc.constantFrom('madvise' as const, 'always', 'madvise', 'always', 'never'),
  faultAround: fc.constantFrom(4096, 65536, 16384),
  profile: fc.constantFrom('linux-6.1' as const, 'linux-6.1', 'linux-6.1', 'sticky-merge'),
  swap: fc.constantFrom(true, true, true, false),
  la57: fc.constantFrom(false, false, true),
});
const step = fc.noBias(fc.array(fc.nat(0xffff), { minLength: 12, maxLength: 12 }));

describe('the engine and the reference model agree', () => {
  it.each(TOPICS)(
    'topic %s',
    (topic) => {
      const settings = (machine: object): MachineSettings => ({
        ...{ ...DEFAULT_MACHINE, heap: ARENA.start + 0x4000n, ...machine },
        ...(topic === 'small' ? { maxMapCount: 40 } : {}),
        ...(topic === 'wild' ? { memoryPages: 100_000 } : {}),
      });
      const list = fc.array(step, { minLength: 5, maxLength: 70, size: 'max' });
      const property = fc.property(
        machines,
        list,
        (machine, numbers) => compare(settings(machine), numbers, topic) === null,
      );
      const { counterexample, seed } = fc.check(property, { numRuns: RUNS, seed: SEED });
      if (!counterexample) return;
      const [machine, numbers] = counterexample;
      expect.fail(
        `seed ${seed}, ${format(settings(machine))}\n${compare(settings(machine), numbers, topic)}`,
      );
    },
    600_000,
  );
});
