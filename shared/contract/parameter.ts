import { z } from 'zod';

/** A value that a form can hold. */
export const parameterValueSchema = z.union([z.number(), z.boolean(), z.string()]);
export type ParameterValue = z.infer<typeof parameterValueSchema>;

/** One setting of a workload or of the simulated machine: enough to draw a form and to check what is typed. */
export const parameterSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('number'),
    name: z.string(),
    label: z.string(),
    /** Unit after the number, e.g. MiB; empty if it has none. */
    unit: z.string(),
    min: z.number(),
    max: z.number(),
    step: z.number().positive(),
    default: z.number(),
  }),
  z.object({ type: z.literal('boolean'), name: z.string(), label: z.string(), default: z.boolean() }),
  z.object({
    type: z.literal('choice'),
    name: z.string(),
    label: z.string(),
    choices: z.array(z.object({ value: z.string(), label: z.string() })).min(1),
    default: z.string(),
  }),
]);
export type Parameter = z.infer<typeof parameterSchema>;
