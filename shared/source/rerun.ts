/**
 * Running a simulated program again: its state follows from how it was opened and from what was done to it since. A
 * recording keeps both (`/rerun`), so that page tables can be walked at any of its frames.
 */
import { z } from 'zod';
import { parameterValueSchema } from '../contract/parameter.ts';
import { stepsMoveSchema } from '../contract/steps.ts';
import { operationRequestSchema } from './operation.ts';

const bytes = z.string().regex(/^-?\d{1,20}$/);

export const rerunActionSchema = z.union([
  /** One step of the workload. */
  z.literal('step'),
  /** A sample read and cleared everything. */
  z.literal('clear'),
  z.literal('clear_refs'),
  /** Byte address and length as decimal text: JSON has no bigint. */
  z.object({ operate: operationRequestSchema.extend({ start: bytes, len: bytes }) }),
  z.object({ set: z.tuple([z.string(), parameterValueSchema]) }),
  /** A move of the step player. */
  z.object({ move: stepsMoveSchema }),
  z.object({ access: z.object({ page: z.number().int().min(0), write: z.boolean() }) }),
]);
export type RerunAction = z.infer<typeof rerunActionSchema>;

/** A part of what is recorded: first the program's text in pieces, then its actions. */
export const rerunPartSchema = z.object({
  /** The next piece of the JSON text of the `source.open` request. */
  program: z.string().exactOptional(),
  /** Actions before those of this part: a part that is missing is noticed. */
  from: z.number().int().min(0),
  actions: z.array(rerunActionSchema),
  /** More was done than is kept: what comes after cannot run again. */
  ends: z.literal(true).exactOptional(),
});
export type RerunPart = z.infer<typeof rerunPartSchema>;

/** The log of actions that a simulated source keeps. */
export interface RerunLog {
  /** JSON text of the `source.open` request. */
  readonly program: string;
  /** Everything that was done to the program, oldest first; null: more than is kept. */
  readonly actions: readonly RerunAction[] | null;
}
