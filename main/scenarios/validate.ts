import { z } from 'zod';
import { InspectorError } from '#shared/contract/errors.ts';
import { USER_PAGES_4_LEVEL, USER_PAGES_5_LEVEL, pageOfAddress } from '#shared/memory/page.ts';
import { problemText } from '#shared/schema-problem.ts';
import { shown } from '#shared/shown.ts';
import { isRecord, readJson } from './json.ts';
import { stepSchemas } from './step-schemas.ts';
import { arenaSchema, machineSchema, type Arena } from './machine.ts';
import type { Op, Scenario, ScenarioStep, Step } from './steps.ts';

/** Steps in one file; ten thousand rounds of a five-step loop fit. */
export const MAX_STEPS = 100_000;

const metadata = z.unknown().optional();
const annotations = {
  title: z.string().exactOptional(),
  text: z.string().exactOptional(),
  ask: z.string().exactOptional(),
};

const headSchema = z.strictObject({
  ...annotations,
  name: z.string(),
  description: z.string().default(''),
  ...machineSchema.shape,
  arena: arenaSchema.exactOptional(),
  fullVec: z.boolean().default(false),
  steps: z.array(z.unknown()).max(MAX_STEPS, `a scenario has at most ${MAX_STEPS} steps`),
  // Origin of the recorded traces.
  seed: metadata,
  usesThp: metadata,
  mixedKinds: metadata,
  kernel: metadata,
});

/**
 * Reads a scenario from the text of a file. Throws an InspectorError of kind `bad-request` whose message names the
 * file, the step and the field. No number in the file leads to a loop or an allocation.
 */
export function parseScenario(text: string, file: string): Scenario {
  return validateScenario(
    named(file, () => readJson(text)),
    file,
  );
}

/** Like `parseScenario`, for JSON that is already read (by `readJson`, which keeps 64-bit numbers exact, or by JSON.parse). */
export function validateScenario(json: unknown, file: string): Scenario {
  if (!isRecord(json)) throw refused(file, `expected an object with "name" and "steps", got ${shown(json)}`);
  const head = headSchema.safeParse(json);
  if (!head.success) throw refused(file, problemText(head.error));
  const { name, description, fullVec, arena, steps, title, text, ask, ...rest } = head.data;
  const { mode, thp, faultAround, profile, la57, swap, maxMapCount, memoryPages, heap } = rest;
  return {
    ...optional({ title, text, ask }),
    name,
    description,
    fullVec,
    machine: {
      ...{ mode, thp, faultAround, profile, la57, swap, maxMapCount, memoryPages },
      heap: checkedHeap(heap, la57, file),
      arena: arena ? checkedArena(arena, la57, file) : null,
    },
    steps: steps.map((step, index) => validateStep(step, index, file)),
  };
}

function validateStep(json: unknown, index: number, file: string): ScenarioStep {
  const at = `steps[${index}]`;
  if (!isRecord(json)) throw refused(file, `${at}: expected an object with "op", got ${shown(json)}`);
  const { result, title, text, ask, ...fields } = json;
  const op = fields['op'];
  if (typeof op !== 'string' || !Object.hasOwn(stepSchemas, op)) {
    throw refused(
      file,
      `${at}: op: unknown operation ${shown(op)}; available: ${Object.keys(stepSchemas).join(', ')}`,
    );
  }
  const texts = z.strictObject(annotations).safeParse(optional({ title, text, ask }));
  if (!texts.success) throw refused(file, `${at} (${op}): ${problemText(texts.error)}`);
  const step = stepSchemas[op as Op].safeParse(fields);
  if (!step.success) throw refused(file, `${at} (${op}): ${problemText(step.error)}`);
  return { ...texts.data, step: step.data as Step, ...(result === undefined ? {} : { result }) };
}

function checkedArena(arena: Arena, la57: boolean, file: string): Arena {
  const end = pageOfAddress(arena.start) + arena.pages;
  if (end <= userPages(la57)) return arena;
  throw refused(file, 'arena: ends outside the user address space');
}

function checkedHeap(heap: bigint, la57: boolean, file: string): bigint {
  if (heap > 0n && pageOfAddress(heap) < userPages(la57)) return heap;
  throw refused(file, 'heap: must be a non-zero address in the user address space');
}

const userPages = (la57: boolean): number => (la57 ? USER_PAGES_5_LEVEL : USER_PAGES_4_LEVEL);

/** Leaves out what is undefined, so that an optional field is absent rather than undefined. */
function optional<T extends Record<string, unknown>>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function refused(file: string, message: string): InspectorError {
  return new InspectorError('bad-request', `${file}: ${message}`, 'Correct the file and try again.');
}

/** Runs `read` and puts the file's name before the message of what it throws. */
function named<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw refused(file, InspectorError.from(cause).message);
  }
}
