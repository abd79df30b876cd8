/** What an engine elsewhere has written to files at the window's end, and the replies: beside the contract, on links alone. */
import { z } from 'zod';
import { inspectorErrorSchema } from '#shared/contract/errors.ts';
import { filePathSchema } from '#shared/contract/shell.ts';

/** Engine → window. Of each file in order; `path` is one that the window's end has made. */
export const fileRequestSchema = z.object({
  type: z.literal('file'),
  id: z.number().int(),
  path: filePathSchema,
  operation: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('write'),
      bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
    }),
    z.object({ kind: z.literal('cut'), length: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) }),
    z.object({ kind: z.literal('close') }),
  ]),
});
export type FileRequest = z.infer<typeof fileRequestSchema>;

/** Window → engine, one for each request; null: it is done. */
export const fileReplySchema = z.object({
  type: z.literal('stored'),
  id: z.number().int(),
  error: inspectorErrorSchema.nullable(),
});
export type FileReply = z.infer<typeof fileReplySchema>;

/** Whether a value of a link is one of these two. */
export const isFileMessage = (value: unknown, type: 'file' | 'stored'): boolean =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === type;
