import { readdirSync, readlinkSync } from 'node:fs';
import { commName } from '../process/names.ts';
import { readProc } from '../process/proc-files.ts';

/** A process that has the pagemap or clear_refs of the watched one open, and so may use its soft-dirty bits. */
export interface SoftDirtyUser {
  readonly pid: number;
  /** Its `comm`. */
  readonly name: string;
  readonly file: 'pagemap' | 'clear_refs';
}

/** Time limit for reading other processes, in milliseconds; the rest is skipped. */
const MAX_MS = 500;
const LINK = /^\/proc\/(\d+)\/(?:task\/\d+\/)?(pagemap|clear_refs)$/;

/**
 * Who has /proc/`pid`/pagemap or clear_refs open: the process itself (a garbage collector), or another one (CRIU). Its
 * descriptors come first; those of processes that may not be read are skipped, and so are our own.
 */
export function softDirtyUsers(pid: number): SoftDirtyUser[] {
  const own = fileOpenIn(pid, new Set([pid, ...namesakes(pid)]));
  if (own !== null) return [{ pid, name: nameOf(pid), file: own }];
  const until = performance.now() + MAX_MS;
  const users: SoftDirtyUser[] = [];
  for (const other of processes()) {
    if (performance.now() > until) break;
    if (other === pid || other === process.pid) continue;
    const file = fileOpenIn(other, new Set([pid]));
    if (file !== null) users.push({ pid: other, name: nameOf(other), file });
  }
  return users;
}

/** Which of the files of a process in `of` process `holder` has open; null if none. clear_refs takes precedence. */
function fileOpenIn(holder: number, of: ReadonlySet<number>): SoftDirtyUser['file'] | null {
  let found: SoftDirtyUser['file'] | null = null;
  const folder = `/proc/${holder}/fd`;
  try {
    for (const fd of readdirSync(folder)) {
      const match = LINK.exec(target(`${folder}/${fd}`));
      if (!match || !of.has(Number(match[1]))) continue;
      if (match[2] === 'clear_refs') return 'clear_refs';
      found = 'pagemap';
    }
  } catch {
    // Another user's, or gone.
  }
  return found;
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

/** The numbers of `pid` in the namespaces below ours, by which it sees itself in a container's /proc. */
function namesakes(pid: number): number[] {
  const line = /^NSpid:\s*(.*)$/m.exec(readProc(pid, 'status') ?? '')?.[1] ?? '';
  return line.split(/\s+/).map(Number).filter(Number.isInteger);
}

/** Newest first: a program's tracker usually started after it. */
function processes(): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.sort((a, b) => b - a);
}

function nameOf(pid: number): string {
  return commName(readProc(pid, 'comm') ?? '');
}
