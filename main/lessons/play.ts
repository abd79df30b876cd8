import { Machine } from '../simulated/machine.ts';
import type { MachineEvent } from '../simulated/mm/events.ts';
import { StepExecutor } from '../simulated/steps/execute-step.ts';
import { runScenario } from '../scenarios/interpreter.ts';
import type { StepResult } from '../scenarios/steps.ts';
import type { PlayedStep } from './environment.ts';
import type { Lesson } from './lesson.ts';
import { lessonProblem } from './problem.ts';

/** Events of a lesson: a lesson is read step by step, and more could not be. Bounds the time that a file can take. */
const MAX_EVENTS = 2_000_000;

/**
 * Runs a lesson on the simulated engine and calls `visit` after each step, with the process before and after it.
 *
 * @param until the last step to run; default all
 * @throws InspectorError with file and step if the lesson is too long
 */
export function playThrough(
  lesson: Lesson,
  visit: (played: PlayedStep, index: number) => void,
  until = lesson.steps.length - 1,
): void {
  const present = executorOf(lesson);
  // One step behind, so that both states can be read.
  const past = executorOf(lesson);
  let events: MachineEvent[] = [];
  let total = 0;
  const stop = present.machine.events.listen((event) => {
    if (++total > MAX_EVENTS) throw new Error(`the lesson has more than ${MAX_EVENTS} events`);
    events.push(event);
  });
  const results: StepResult[] = [];
  const run = { ...lesson.scenario, steps: lesson.scenario.steps.slice(0, until + 1) };
  try {
    runScenario(run, {
      execute(step) {
        events = [];
        const before = past.process.mm;
        const result = present.execute(step);
        visit({ step, result, results, events, before, after: present.process.mm }, results.length);
        results.push(result);
        past.execute(step);
        return result;
      },
    });
  } catch (cause) {
    throw problemOf(lesson, cause);
  } finally {
    stop();
  }
}

function executorOf({ scenario: { machine: settings } }: Lesson): StepExecutor {
  return new StepExecutor(new Machine({ ...settings, heap: Number(settings.heap) }), settings.arena);
}

/** Prefixes an error of the interpreter or of a question with the file. */
function problemOf(lesson: Lesson, cause: unknown): Error {
  return lessonProblem(lesson.file, '', cause instanceof Error ? cause.message : String(cause));
}
