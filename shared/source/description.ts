import { z } from 'zod';

/** The observed program, for titles and status lines. */
export const sourceDescriptionSchema = z.object({
  kind: z.enum(['simulated', 'native', 'recording']),
  /** Program or workload. */
  title: z.string(),
  /** One line: pid and command line, workload and seed, file. */
  detail: z.string(),
  pid: z.number().int().nullable(),
  /** How it is observed: "PAGEMAP_SCAN + userfaultfd", "simulated, mode documented", … */
  backend: z.string(),
  /** Whether the inspector started the program (and may kill it). */
  launched: z.boolean(),
});
export type SourceDescription = Readonly<z.infer<typeof sourceDescriptionSchema>>;
