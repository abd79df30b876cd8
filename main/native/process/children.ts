import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { commName } from './names.ts';
import { readProc } from './proc-files.ts';

/** Looking for children may take this share of the time. */
const MOST_SHARE = 0.01;
/** How long a child has to become another program (exec), in milliseconds: a program is started by a fork too. */
const SETTLE = 200;

/** A process that the watched one started. */
export interface NewChild {
  readonly pid: number;
  /**
   * `forked`: it runs the same program, on a copy of its parent's memory; `program`: it went on to another one (exec);
   * `running`: it was there before.
   */
  readonly kind: 'forked' | 'program' | 'running';
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
  /** Seen, and what they are is not known yet: since when, and what they were then. */
  private readonly fresh = new Map<number, { since: number; first: NewChild | null }>();
  private running: NewChild[];
  private newest = '';
  private nextLook = 0;

  /** The children that there are now are those that run already. */
  constructor(pid: number) {
    this.pid = pid;
    this.known = this.children();
    this.running = [...this.known].flatMap((child) => {
      const found = this.describe(child);
      return found ? [{ ...found, kind: 'running' }] : [];
    });
  }

  /** Children that appeared a moment ago, and at first those before. Costs little where no process was started. */
  look(): readonly NewChild[] {
    const now = performance.now();
    if (now < this.nextLook) return [];
    const told = this.running;
    this.running = [];
    for (const [pid, { since, first }] of this.fresh) {
      const found = this.describe(pid);
      if (found !== null && now - since < SETTLE) continue;
      this.fresh.delete(pid);
      const child = found ?? first;
      if (child !== null) told.push(child);
    }
    const newest = newestPid();
    if (newest === this.newest) return told;
    this.newest = newest;
    const children = this.children();
    for (const pid of children)
      if (!this.known.has(pid)) this.fresh.set(pid, { since: now, first: this.describe(pid) });
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
      : { pid, kind: path === program(this.pid) ? 'forked' : 'program', name: commName(name) };
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
