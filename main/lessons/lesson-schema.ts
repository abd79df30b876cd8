/**
 * The file of a lesson: a scenario (main/scenarios/FORMAT.md) with texts, questions and parameters. This schema is the
 * one place that states it; the steps' own fields are checked by the scenario's schemas once the parameters are drawn.
 */
import { z } from 'zod';
import { machineSchema } from '../scenarios/machine.ts';

/** A text, or its lines. */
const text = z
  .union([z.string(), z.array(z.string())], { error: 'expected a text, or a list of lines' })
  .transform((value) => (typeof value === 'string' ? value : value.join('\n')));

/** Computed by expression.ts; numbers and true, false are themselves. */
const expression = z
  .union([z.string(), z.number(), z.boolean()], { error: 'expected an expression' })
  .transform(String);

const asked = {
  text,
  when: z.enum(['before', 'after']).default('before'),
  hints: z.array(text).max(5).default([]),
  /** Shown with the solution; may use everything an answer may. */
  why: text.default(''),
};

const choice = z.strictObject({
  text,
  /** Whether it is right: an expression, so that the model decides where it can. */
  correct: expression,
  /** Why it is right, or wrong. */
  why: text.default(''),
});

export const questionFileSchema = z.discriminatedUnion('kind', [
  /** Pages on the map. `answer`: a list of byte addresses, one in each page. */
  z.strictObject({ kind: z.literal('pages'), ...asked, answer: expression }),
  /** A VMA. `answer`: a byte address in it. */
  z.strictObject({ kind: z.literal('vma'), ...asked, answer: expression }),
  z.strictObject({ kind: z.literal('number'), ...asked, answer: expression, unit: z.string().default('') }),
  z.strictObject({
    kind: z.literal('choice'),
    ...asked,
    /** Several may be right; without it exactly one is. */
    many: z.boolean().default(false),
    choices: z.array(choice).min(2).max(12),
  }),
  /** The flags of the entry that maps byte address `addr`; the answer is the entry itself. */
  z.strictObject({ kind: z.literal('flags'), ...asked, addr: expression }),
]);
export type QuestionFile = z.output<typeof questionFileSchema>;

/** `from` … `to`, whole numbers, drawn by the seed; `pick` of them, different, ascending; one of a list; or computed. */
export const parameterFileSchema = z.union([
  z.strictObject({ from: expression, to: expression, pick: expression.exactOptional() }),
  z.strictObject({
    of: z
      .array(z.union([z.number(), z.string(), z.boolean()]))
      .min(1)
      .max(100),
  }),
  z.strictObject({ value: expression }),
]);
export type ParameterFile = z.output<typeof parameterFileSchema>;

/** Fields of a step that belong to the lesson; all others are the scenario's. */
export const stepTextsSchema = z.object({
  title: z.string().default(''),
  text: text.default(''),
  ask: z
    .union([z.string(), questionFileSchema, z.array(questionFileSchema).max(10)])
    .transform((value) => (typeof value === 'string' ? value : Array.isArray(value) ? value : [value]))
    .default([]),
});

const name = z.string().regex(/^[\w][\w .()+@-]{0,99}$/, 'expected letters, digits, blanks or . ( ) + @ - _');
const parameterName = z.string().regex(/^[a-z]\w{0,30}$/i, 'a parameter is named by letters and digits');

export const lessonFileSchema = z.strictObject({
  name,
  title: z.string().exactOptional(),
  description: z.string().default(''),
  /** One sentence for the gallery. */
  summary: z.string().default(''),
  /** Heading that it has in the gallery. */
  part: z.string().default(''),
  minutes: z.number().min(1).max(120).default(10),
  text: text.default(''),
  end: text.default(''),
  newerKernels: text.default(''),
  /** Name of the lesson to continue with. */
  next: z.string().exactOptional(),
  parameters: z.record(parameterName, parameterFileSchema).default({}),
  ask: z.string().exactOptional(),
  ...machineSchema.partial().shape,
  heap: z.unknown().optional(),
  arena: z.unknown().optional(),
  fullVec: z.unknown().optional(),
  seed: z.unknown().optional(),
  usesThp: z.unknown().optional(),
  mixedKinds: z.unknown().optional(),
  kernel: z.unknown().optional(),
  steps: z.array(z.record(z.string(), z.unknown())).min(1),
});
export type LessonFile = z.output<typeof lessonFileSchema>;
