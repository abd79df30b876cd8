/**
 * The inspector's own processes: window, graphics, engine. They run the same executable as this one and descend from the
 * first that does. A program that was launched from here runs another one, and is not among them.
 */
import { readlinkSync } from 'node:fs';
import { readStart } from './read-file.ts';

/** Limit of the search: no process has so many ancestors. */
const MAX_DEPTH = 64;

/** The first ancestor of this process that runs its executable, this one included. */
export function ownRoot(): number {
  const own = executable(process.pid);
  let root = process.pid;
  for (let pid = parentOf(root); pid > 1 && own !== null && executable(pid) === own; pid = parentOf(pid)) {
    root = pid;
  }
  return root;
}

/** Created for one listing. */
export class OwnProcesses {
  private readonly root: number;
  private readonly executable: string | null;

  constructor(root: number) {
    this.root = root;
    this.executable = executable(process.pid);
  }

  has(pid: number): boolean {
    return this.executable !== null && executable(pid) === this.executable && this.descends(pid);
  }

  private descends(pid: number): boolean {
    for (let at = pid, depth = 0; at > 1 && depth < MAX_DEPTH; at = parentOf(at), depth++) {
      if (at === this.root) return true;
    }
    return false;
  }
}

function executable(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}

/** 0 if it has ended. */
function parentOf(pid: number): number {
  const text = readStart(`/proc/${pid}/stat`) ?? '';
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}
