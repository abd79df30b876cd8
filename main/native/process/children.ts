import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readProc } from './proc-files.ts';

/** Looking for children may take this share of the time. */
const MOST_SHARE = 0.01;
/** How long a child has to become another program (exec), in milliseconds: a program is started by a fork too. */
const SETTLE = 200;

/** A process that the watched one started. */
export interface NewChild {
  readonly pid: number;
  /** It runs the same program, on a copy of its parent's memory; otherwise it went on to another one (exec). */
  readonly forked: boolean;
  /** As `comm` says. */
  readonly name: string;
}

/**
 * Notices the children of a process, by looking. One that comes and goes between two looks is not seen: only ptrace could
 * hold it, and would stop the program at each.
 */
export class ChildWatch {
  private readonly pid: number;
  private known: ReadonlySet<number>;
  /** Seen, and what they are is not known yet: since when. */
  private readonly fresh = new Map<number, number>();
  private newest = '';
  private nextLook = 0;

  /** The children that there are now are known. */
  constructor(pid: number) {
    this.pid = pid;
    this.known = this.children();
  }

  /** Children that appeared a moment ago and are still there. Costs little where no process was started. */
  look(): readonly NewChild[] {
    const now = performance.now();
    if (now < this.nextLook) return [];
    const settled = [...this.fresh].filter(([, since]) => now - since >= SETTLE).map(([pid]) => pid);
    for (const pid of settled) this.fresh.delete(pid);
    const told = settled.flatMap((pid) => this.describe(pid) ?? []);
    const newest = newestPid();
    if (newest === this.newest) return told;
    this.newest = newest;
    const children = this.children();
    for (const pid of children) if (!this.known.has(pid)) this.fresh.set(pid, now);
    this.known = children;
    const done = performance.now();
    this.nextLook = done + (done - now) / MOST_SHARE;
    return told;
  }

  private describe(pid: number): NewChild | null {
    const path = program(pid);
    const name = readProc(pid, 'comm');
    return path === null || name === null
      ? null
      : { pid, forked: path === program(this.pid), name: name.trimEnd() };
  }

  /** Each thread has its own list (man 5 proc; the kernel may be built without it, and then the parents are asked). */
  private children(): ReadonlySet<number> {
    const found = new Set<number>();
    for (const tid of numbers(`/proc/${this.pid}/task`)) {
      const list = readProc(this.pid, `task/${tid}/children`);
      if (list === null && tid === this.pid) return childrenByParent(this.pid);
      for (const child of list?.split(' ') ?? []) if (child !== '') found.add(Number(child));
    }
    return found;
  }
}

/** The last process or thread that was started on this system (man 5 proc_loadavg, the last field). */
function newestPid(): string {
  return readFileSync('/proc/loadavg', 'latin1').split(' ').at(-1) ?? '';
}

function childrenByParent(parent: number): ReadonlySet<number> {
  return new Set(
    numbers('/proc').filter((pid) => {
      // The name may hold spaces and parentheses; the last one ends it.
      const stat = readProc(pid, 'stat') ?? '';
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
    }),
  );
}

function numbers(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function program(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}
