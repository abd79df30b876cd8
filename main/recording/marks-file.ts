import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import { InspectorError } from '#shared/contract/errors.ts';
import { markListSchema, type Mark } from '#shared/contract/recording.ts';
import { fileError } from './output-file.ts';

const VERSION = 1;
/** Ten thousand marks with long notes are far less. */
const MOST_BYTES = 64 * 2 ** 20;
const fileSchema = markListSchema.extend({ version: z.literal(VERSION) });

/** Marks of a recording that is played are kept beside it: recordings are never written to. */
export const marksPath = (recording: string): string => `${recording}.marks.json`;

/** The marks beside a recording; null where there is no such file. @throws InspectorError where it cannot be read */
export async function readMarks(recording: string): Promise<Mark[] | null> {
  const path = marksPath(recording);
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw damagedMarks(path, `${size} bytes are too many`);
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(cause, path);
  }
  try {
    return fileSchema.parse(JSON.parse(text)).marks;
  } catch (cause) {
    throw damagedMarks(
      path,
      cause instanceof z.ZodError ? (cause.issues.at(0)?.message ?? '') : 'it is no JSON',
    );
  }
}

/** Replaces the marks beside a recording: the old ones or the new ones are there, whatever happens. */
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
    'Move it away to go on with the marks in the recording.',
  );
}
