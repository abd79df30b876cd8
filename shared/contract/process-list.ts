import { z } from 'zod';
import { backendNameSchema } from '../source/backend.ts';
import { inspectorErrorSchema } from './errors.ts';

/** One process of the list. */
export const listedProcessSchema = z.object({
  pid: z.number().int().positive(),
  /** Effective user. */
  uid: z.number().int(),
  user: z.string(),
  /** The kernel's name of it, at most 15 characters. */
  name: z.string(),
  /** Arguments with blanks between them, cut at 4096 characters; empty if it has none (a zombie). */
  commandLine: z.string(),
  residentBytes: z.number(),
  /** Processor time that it has used, all its threads together, in milliseconds. */
  cpuMs: z.number(),
  /** Milliseconds since it was started. */
  ageMs: z.number(),
  /** The backend that tracks it unless the user selects one; null if none works on it. */
  backend: backendNameSchema.nullable(),
  /** Why a better backend does not work on this process; null if `backend` is the best here. */
  limitation: inspectorErrorSchema.nullable(),
  /** Why it cannot be tracked at all; null if it can. */
  obstacle: inspectorErrorSchema.nullable(),
});
export type ListedProcess = z.infer<typeof listedProcessSchema>;

export const processListSchema = z.object({
  /** Ascending by pid; those that the search text fits. */
  processes: z.array(listedProcessSchema),
  /** How many there are without the search. */
  total: z.number().int(),
});
export type ProcessList = z.infer<typeof processListSchema>;
