/** What the engine's process reports to the shell: of a connection with an engine elsewhere, and of its end. */
import { z } from 'zod';
import { inspectorErrorSchema } from '#shared/contract/errors.ts';
import { engineHelloSchema } from './handshake.ts';

export const linkReportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('connected'), id: z.number().int(), engine: engineHelloSchema }),
  /** Null: it was closed at this end. */
  z.object({ type: z.literal('closed'), id: z.number().int(), error: inspectorErrorSchema.nullable() }),
  /** It has detached, and restores huge pages before it ends. */
  z.object({ type: z.literal('restoring') }),
]);
export type LinkReport = z.infer<typeof linkReportSchema>;
