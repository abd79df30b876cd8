import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import type { LessonList, LessonReference } from '#shared/contract/lesson.ts';
import { readRegular } from '../recording/input-file.ts';
import { parseLesson, type LessonSource } from './lesson.ts';
import { summaryOf } from './library.ts';

/** Maximum bytes of a lesson's file; built-in ones have up to 20 KiB, traces 60 KiB. */
const MAX_FILE_BYTES = 8 * 2 ** 20;
/** Files of one folder that are listed. */
const MAX_LISTED_FILES = 500;

export async function readLesson(path: string): Promise<LessonSource> {
  return parseLesson(await readRegular(path, 'a lesson', MAX_FILE_BYTES), path);
}

/** Names of the JSON files of a folder, ascending; none if it cannot be read. */
export async function lessonFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .slice(0, MAX_LISTED_FILES);
}

/** The lessons of a folder; each file that is not a lesson is a problem, in a sentence. */
export async function lessonsOf(
  folder: string,
  reference: (file: string) => LessonReference,
): Promise<Pick<LessonList, 'lessons' | 'problems'>> {
  const lessons: LessonList['lessons'] = [];
  const problems: string[] = [];
  for (const file of await lessonFiles(folder)) {
    try {
      const source = await readLesson(join(folder, file));
      lessons.push({ reference: reference(file), summary: summaryOf(source) });
    } catch (cause) {
      problems.push(InspectorError.from(cause).message);
    }
  }
  return { lessons, problems };
}
