/**
 * A line of a source file that the user opens in an editor. The engine signs the lines that it found in debug information or in the
 * recording that is open; the shell opens no others, so the page cannot name files.
 */
import { z } from 'zod';
import { permitSchema } from './permit-schema.ts';

export const sourceLineSchema = z.object({
  /** Absolute path on the engine's machine. */
  file: z
    .string()
    .max(4096)
    .regex(/^\/[^\p{Cc}]*$/u),
  line: z
    .number()
    .int()
    .min(0)
    .max(2 ** 31),
});
export type SourceLine = Readonly<z.infer<typeof sourceLineSchema>>;

/** A line and the engine's signature of it. */
export const openSourceLineSchema = sourceLineSchema.extend({ permit: permitSchema });
export type OpenSourceLine = Readonly<z.infer<typeof openSourceLineSchema>>;

/** Outcome of opening it. */
export type OpenSourceLineReply =
  | { readonly status: 'opened'; readonly editor: string }
  | { readonly status: 'failed'; readonly message: string; readonly remedy: string };

/** The signed text: no permit of another kind has it. */
export const sourceLineText = ({ file, line }: SourceLine): string => JSON.stringify(['source', file, line]);
