import type { CodePlace, WritersReply } from '../contract/writers.ts';
import { codeName, threadName } from './code-names.ts';

/** Writes with one stack of one thread. */
export interface WriterStack {
  /** `name (tid)`. */
  readonly thread: string;
  /** The outermost function first. */
  readonly frames: readonly CodePlace[];
  readonly writes: number;
}

/** All stacks of a reply, row by row. */
export function stacksOf({ rows, places }: Pick<WritersReply, 'rows' | 'places'>): WriterStack[] {
  return rows.flatMap(({ tid, thread, stacks }) =>
    stacks.map(({ frames, writes }) => ({
      thread: threadName(tid, thread),
      frames: frames
        .toReversed()
        .map((index) => places[index])
        .filter((place) => place !== undefined),
      writes,
    })),
  );
}

/** Names come from the program: characters that would break a line or affect a terminal are replaced. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?');

/**
 * Folded stacks, as flame graph programs read them: `thread;outer;…;inner COUNT`, a line a stack, each once, in the order in which
 * they first come.
 */
export function foldedStacks(stacks: Iterable<WriterStack>): string {
  const counts = new Map<string, number>();
  for (const { thread, frames, writes } of stacks) {
    // A semicolon separates frames.
    const names = [thread, ...frames.map(codeName)].map((name) => plain(name).replaceAll(';', ':'));
    const line = names.join(';');
    counts.set(line, (counts.get(line) ?? 0) + writes);
  }
  return [...counts].map(([line, count]) => `${line} ${count}\n`).join('');
}
