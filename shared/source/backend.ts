import { z } from 'zod';

/**
 * The ways to see what a real process writes, best first.
 *
 * - `write-protect`: PAGEMAP_SCAN and userfaultfd's asynchronous write-protection, its descriptor taken out of the program
 * - `preload`: the same, the descriptor sent by a small library that is loaded into a program launched from here
 * - `soft-dirty`: pagemap's bit 55 and clear_refs
 * - `compare`: page contents read and compared
 */
export const BACKEND_NAMES = ['write-protect', 'preload', 'soft-dirty', 'compare'] as const;
export const backendNameSchema = z.enum(BACKEND_NAMES);
export type BackendName = z.infer<typeof backendNameSchema>;

/** How a real process is to be watched; what is left out is chosen. */
export const howToWatchSchema = z.object({
  /** Missing: the best that works here. */
  backend: backendNameSchema.optional(),
  /** Whether the program may be stopped for the moment of each sample, where only that is exact (soft-dirty). */
  freeze: z.boolean().optional(),
});
export type HowToWatch = z.infer<typeof howToWatchSchema>;
