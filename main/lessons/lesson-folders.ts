import { join } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import type { LessonList, LessonReference } from '#shared/contract/lesson.ts';
import { lessonFiles, lessonsOf } from './lesson-files.ts';

/** Folders of lessons that were dropped on the window: their files may be opened without a permit each. */
export class LessonFolders {
  private readonly folders = new Set<string>();

  /** Throws `bad-request` if the folder has no file of a lesson. */
  async add(folder: string): Promise<void> {
    if ((await lessonFiles(folder)).length === 0) {
      throw new InspectorError(
        'bad-request',
        `${folder} has no lessons: there is no file that ends with .json.`,
        'Drop a folder with files of lessons or scenarios.',
      );
    }
    this.folders.add(folder);
  }

  async list(): Promise<Pick<LessonList, 'lessons' | 'problems'>> {
    const lists = await Promise.all(
      [...this.folders].map((folder) => lessonsOf(folder, (file) => ({ kind: 'folder', folder, file }))),
    );
    return {
      lessons: lists.flatMap(({ lessons }) => lessons),
      problems: lists.flatMap(({ problems }) => problems),
    };
  }

  /** The file's path; throws `not-permitted` if its folder was not added. */
  fileOf({ folder, file }: Extract<LessonReference, { kind: 'folder' }>): string {
    if (this.folders.has(folder)) return join(folder, file);
    throw new InspectorError(
      'not-permitted',
      `The folder ${folder} was not opened by the user.`,
      'Drop it on the window first.',
    );
  }
}
