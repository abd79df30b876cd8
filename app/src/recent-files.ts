/** Recordings opened lately, in a small file that may be missing or broken. */
import { readFile, stat } from 'node:fs/promises';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { filePathSchema, type RecentRecording } from '#shared/contract/shell.ts';
import { systemReason } from '#shared/system-reason.ts';
import { TaskQueue } from '#shared/task-queue.ts';

const KEPT = 50;
const LISTED = 12;

const savedSchema = z.array(z.object({ path: filePathSchema, openedAt: z.number() })).max(KEPT);
type Saved = z.infer<typeof savedSchema>;

export interface RecentFiles {
  /** The latest first, at most 12; missing ones are left out, but kept in the file (a disk may be mounted again). */
  list(): Promise<RecentRecording[]>;
  add(path: string): Promise<void>;
  clear(): Promise<void>;
}

/** @param now milliseconds since 1970 */
export function createRecentFiles(file: string, now: () => number = Date.now): RecentFiles {
  const read = async (): Promise<Saved> => {
    try {
      return savedSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
      return [];
    }
  };
  const write = (saved: Saved): void => {
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, `${JSON.stringify(saved)}\n`);
      renameSync(`${file}.new`, file);
    } catch (cause) {
      process.stderr.write(`The recent recordings could not be saved: ${systemReason(cause)}.\n`);
    }
  };
  // One after another: each reads what the previous one wrote.
  const queue = new TaskQueue();
  return {
    list: () =>
      queue.run(async () => {
        const found: RecentRecording[] = [];
        for (const { path, openedAt } of await read()) {
          if (found.length === LISTED) break;
          const facts = await stat(path).catch(() => null);
          if (facts?.isFile()) found.push({ path, openedAt, bytes: facts.size });
        }
        return found;
      }),
    add: (path) =>
      queue.run(async () => {
        const others = (await read()).filter((one) => one.path !== path);
        write([{ path, openedAt: now() }, ...others].slice(0, KEPT));
      }),
    clear: () => queue.run(async () => write([])),
  };
}
