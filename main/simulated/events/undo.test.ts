import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MACHINE, type MachineSettings, type Step } from '../../scenarios/steps.ts';
import { validateScenario } from '../../scenarios/validate.ts';
import { dumpMachine } from '../testing/dump-machine.ts';
import type { MachineEvent } from '../mm/events.ts';
import { StepExecutor } from '../steps/execute-step.ts';
import { Machine } from '../machine.ts';
import { randomSteps } from '../testing/random-steps.ts';
import { redoEvents, undoEvents } from './undo.ts';

const FIXTURES = new URL('../../scenarios/fixtures/', import.meta.url);

function executor(settings: MachineSettings): StepExecutor {
  return new StepExecutor(new Machine({ ...settings, heap: Number(settings.heap) }), settings.arena);
}

/** Runs the steps with and without a listener, compares, undoes them one by one, and repeats them. */
function runAndUndo(settings: MachineSettings, steps: readonly Step[]): void {
  const logged = executor(settings);
  const plain = executor(settings);
  const { machine } = logged;
  const log: MachineEvent[][] = [];
  machine.events.listen((event) => log[log.length - 1]?.push(event));
  const dumps = [dumpMachine(machine)];
  for (const step of steps) {
    log.push([]);
    expect(JSON.stringify(logged.execute(step)) === JSON.stringify(plain.execute(step))).toBe(true);
    dumps.push(dumpMachine(machine));
  }
  expect(dumpMachine(plain.machine) === dumpMachine(machine)).toBe(true);
  for (let step = steps.length - 1; step >= 0; step--) {
    undoEvents(machine, log[step]);
    expect(dumpMachine(machine) === dumps[step], `before step ${step}, ${steps[step].op}`).toBe(true);
  }
  for (let step = 0; step < steps.length; step++) {
    redoEvents(machine, log[step]);
    expect(dumpMachine(machine) === dumps[step + 1], `after step ${step} again, ${steps[step].op}`).toBe(
      true,
    );
  }
}

describe.each(['directed', 'random'])('undo of kernel traces, %s', (kind) => {
  const folder = new URL(`${kind}/`, FIXTURES);
  // A third of the random traces is enough: they are alike.
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  it.each(names.filter((_, index) => kind === 'directed' || index % 3 === 0))('%s', (name) => {
    const scenario = validateScenario(JSON.parse(readFileSync(new URL(name, folder), 'utf8')), name);
    runAndUndo(
      scenario.machine,
      scenario.steps.map(({ step }) => step),
    );
  });
});

describe('undo of random steps of every kind', () => {
  // 7001: a page that several processes had, written by the last of them after MADV_FREE.
  it.each([...Array.from({ length: 60 }, (_, seed) => seed), 7001])('seed %i', (seed) => {
    const { settings, steps } = randomSteps(seed);
    runAndUndo({ ...DEFAULT_MACHINE, ...settings }, steps);
  });
});
