import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { InspectorError } from '#shared/contract/errors.ts';
import { problemText } from '#shared/schema-problem.ts';
import { markListSchema, type Mark } from '#shared/contract/recording.ts';
import { parseBoundedJson } from './bounded-json.ts';
import { fileError } from './file-errors.ts';
import { readRegular } from './input-file.ts';

const VERSION = 1;
/** Ten thousand marks with long notes are far less. */
const MAX_BYTES = 64 * 2 ** 20;
const MAX_VALUES = 100_000;
const fileSchema = markListSchema.extend({ version: z.literal(VERSION) });

/** Marks of a recording that is played are kept beside it: recordings are never written to. */
export const marksPath = (recording: string): string => `${recording}.marks.json`;

/** The marks beside a recording; null if there is no such file. @throws InspectorError if it cannot be read */
export async function readMarks(recording: string): Promise<Mark[] | null> {
  const path = marksPath(recording);
  let text: string;
  try {
    text = await readRegular(path, 'marks', MAX_BYTES);
  } catch (cause) {
    const { cause: reason } = cause as InspectorError;
    if ((reason as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return null;
    throw cause;
  }
  try {
    return fileSchema.parse(parseBoundedJson(text, MAX_VALUES, 'marks')).marks;
  } catch (cause) {
    const why = cause instanceof z.ZodError ? problemText(cause) : (cause as Error).message;
    throw damagedMarks(path, why);
  }
}

/** Replaces the marks beside a recording: atomic: either the old ones or the new ones remain. */
export async function writeMarks(recording: string, marks: readonly Mark[]): Promise<void> {
  const path = marksPath(recording);
  const fresh = `${path}.${randomUUID()}`;
  try {
    const file = await open(fresh, 'wx', 0o644);
    try {
      await file.writeFile(`${JSON.stringify({ version: VERSION, marks }, null, 1)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw fileError(cause, path);
  }
}

function damagedMarks(path: string, what: string): InspectorError {
  return new InspectorError(
    'damaged-file',
    `${path} cannot be read as marks: ${what}.`,
    'Move it away to continue with the marks in the recording.',
  );
}
