import type { ListedProcess } from '#shared/contract/process-list.ts';

type Searched = Pick<ListedProcess, 'pid' | 'user' | 'name' | 'commandLine'>;

/** Whether every word of `search` occurs in a process's number, user, name or command line, ignoring case. */
export function matcher(search: string): (process: Searched) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return ({ pid, user, name, commandLine }) => {
    if (words.length === 0) return true;
    // Line breaks keep a word from matching across two of them.
    const text = `${pid}\n${user}\n${name}\n${commandLine}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}
