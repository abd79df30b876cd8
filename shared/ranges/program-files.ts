import { z } from 'zod';
import { buildIdSchema, type ProgramIdentity } from './named-range.ts';

/** Most files whose build ids are read. */
export const MAX_PROGRAM_FILES = 5000;

/** The mapped files of a process, and what identifies its program. */
export const programFilesSchema = z.object({
  /** `build:ID` of its executable, `path:PATH` if that has no build id. */
  program: z.string().max(4200),
  files: z
    .array(z.object({ path: z.string().min(1).max(4096), buildId: buildIdSchema.nullable() }))
    .max(MAX_PROGRAM_FILES),
});
export type ProgramFiles = z.infer<typeof programFilesSchema>;

export function identityOf({ program, files }: ProgramFiles): ProgramIdentity {
  return { program, buildIds: new Map(files.map(({ path, buildId }) => [path, buildId])) };
}
