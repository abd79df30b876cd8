import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { lessonProgressSchema, type LessonProgress } from '#shared/contract/lesson.ts';
import { recordingsFolder } from '../recording/default-path.ts';
import { fileError } from '../recording/file-errors.ts';

const fileSchema = z.object({ version: z.literal(1), lessons: z.array(lessonProgressSchema).max(10_000) });

/** What a student has done, lesson by lesson, in a small file of the user's data folder. */
export class ProgressFile {
  readonly path: string;
  private writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  /** Empty if there is none, or it cannot be read: then it is started again. */
  async list(): Promise<LessonProgress[]> {
    await this.writing;
    return await this.read();
  }

  /** Replaces the entry of the same lesson. Writes come one after another, each complete or not at all. */
  put(progress: LessonProgress): Promise<void> {
    const before = this.writing;
    const write = async (): Promise<void> => {
      await before;
      const others = (await this.read()).filter(({ name }) => name !== progress.name);
      await this.write([...others, progress]);
    };
    const done = write();
    // The caller handles a failure; the next write begins regardless.
    this.writing = done.catch(() => undefined);
    return done;
  }

  private async read(): Promise<LessonProgress[]> {
    try {
      const parsed = fileSchema.safeParse(JSON.parse(await readFile(this.path, 'utf8')));
      return parsed.success ? parsed.data.lessons : [];
    } catch {
      return [];
    }
  }

  private async write(lessons: readonly LessonProgress[]): Promise<void> {
    const part = `${this.path}.new`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(part, `${JSON.stringify({ version: 1, lessons }, null, 1)}\n`);
      await rename(part, this.path);
    } catch (cause) {
      throw fileError(cause, this.path);
    }
  }
}

/** Where this user's own lessons and progress are, beside the folder of recordings. */
export function ownLessonsFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(dirname(recordingsFolder(env)), 'lessons');
}

/** The progress in that folder. */
export function progressIn(folder: string): ProgressFile {
  // Not named .json: such files are lessons.
  return new ProgressFile(join(folder, 'progress'));
}
