/** The user's named ranges, in a small file beside the other settings. */
import { mkdirSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type NamedRange, namedRangesSchema } from '#shared/ranges/named-range.ts';
import { TaskQueue } from '#shared/task-queue.ts';
import { writeWhole } from './write-whole.ts';

export interface NamedRanges {
  list(): Promise<NamedRange[]>;
  /** Keeps these instead of the current ones. Rejects with the system's error; the current ones stay then. */
  save(ranges: readonly NamedRange[]): Promise<void>;
}

/** @param report gets a sentence if the file is unreadable: it is kept under another name */
export function createNamedRanges(file: string, report: (sentence: string) => void): NamedRanges {
  // One after another: a list follows what was saved before.
  const queue = new TaskQueue();
  return {
    list: () =>
      queue.run(async () => {
        const text = await readFile(file, 'utf8').catch(() => null);
        if (text === null) return [];
        try {
          return namedRangesSchema.parse(JSON.parse(text));
        } catch {
          const kept = `${file}.unreadable-${Date.now()}`;
          await rename(file, kept);
          report(`The named ranges in ${file} are unreadable. The file is now ${kept}.`);
          return [];
        }
      }),
    save: (ranges) =>
      queue.run(async () => {
        mkdirSync(dirname(file), { recursive: true });
        const saved = await writeWhole(file, new TextEncoder().encode(`${JSON.stringify(ranges)}\n`));
        if (saved.status === 'failed') throw new Error(saved.message);
      }),
  };
}
