import { openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { shareMemory } from '../syscalls/calls.ts';
import { commName } from './names.ts';
import { readProc } from './proc-files.ts';
import { threadsOf } from './status.ts';

/** Maximum share of the time for finding children. */
const MAX_SHARE = 0.01;
/** How long a child has to become another program (exec), in milliseconds: a program is started by a fork too. */
const SETTLE = 200;

/** A process that the watched one started. */
export interface NewChild {
  readonly pid: number;
  /**
   * `forked`: it runs the same program, on a copy of its parent's memory; `program`: it called exec;
   * `running`: it existed before.
   */
  readonly kind: 'forked' | 'program' | 'running';
  /** Its `comm`. */
  readonly name: string;
}

/**
 * Finds the children of a process by polling. One that starts and ends between two polls is not seen: only ptrace could
 * catch it, and would stop the program at each. Nor is one of vfork while it runs in its parent's memory: what it writes
 * there is tracked.
 */
export class ChildWatch {
  private readonly pid: number;
  private known: ReadonlySet<number>;
  /** Found children whose kind is not known yet: since when, and which program they ran; null: in vfork. */
  private readonly fresh = new Map<number, { since: number; first: NewChild | null }>();
  private running: NewChild[];
  private newest = '';
  private nextPoll = 0;

  /** Records the current children as running already. */
  constructor(pid: number) {
    this.pid = pid;
    this.known = this.children();
    this.running = [...this.known].flatMap((child) => {
      if (this.sharesMemory(child)) this.fresh.set(child, { since: performance.now(), first: null });
      const found = this.describe(child);
      return found ? [{ ...found, kind: 'running' }] : [];
    });
  }

  /** Children since the last call; at first the existing ones too. Cheap if no process was started. */
  poll(): readonly NewChild[] {
    const now = performance.now();
    if (now < this.nextPoll) return [];
    const started = this.running;
    this.running = [];
    for (const [pid, { since, first }] of this.fresh) {
      if (this.sharesMemory(pid)) continue;
      const found = this.describe(pid);
      if (found !== null && now - since < SETTLE) continue;
      this.fresh.delete(pid);
      const child = found ?? first;
      if (child !== null) started.push(child);
    }
    const newest = newestPid();
    if (newest === this.newest) return started;
    this.newest = newest;
    const children = this.children();
    for (const pid of children)
      if (!this.known.has(pid)) this.fresh.set(pid, { since: now, first: this.describe(pid) });
    this.known = children;
    const done = performance.now();
    this.nextPoll = done + (done - now) / MAX_SHARE;
    return started;
  }

  /** Null if it has ended, or runs in its parent's memory. */
  private describe(pid: number): NewChild | null {
    if (this.sharesMemory(pid)) return null;
    const path = program(pid);
    const name = readProc(pid, 'comm');
    return path === null || name === null
      ? null
      : { pid, kind: path === program(this.pid) ? 'forked' : 'program', name: commName(name) };
  }

  /** In vfork, before its exec. */
  private sharesMemory(child: number): boolean {
    return shareMemory(child, this.pid);
  }

  /** Each thread has its own list (man 5 proc; the kernel may be built without it, the parents are read in that case). */
  private children(): ReadonlySet<number> {
    const found = new Set<number>();
    for (const tid of threadsOf(this.pid)) {
      const list = readProc(this.pid, `task/${tid}/children`);
      if (list === null && tid === this.pid) return childrenByParent(this.pid);
      for (const child of list?.split(' ') ?? []) if (child !== '') found.add(Number(child));
    }
    return found;
  }
}

/** Stays open: it is read twenty times a second. */
let loadavg: number | undefined;
const loadText = Buffer.alloc(128);

/** The last process or thread that was started on this system (man 5 proc_loadavg, the last field). */
function newestPid(): string {
  loadavg ??= openSync('/proc/loadavg', 'r');
  const length = readSync(loadavg, loadText, 0, loadText.length, 0);
  return loadText.toString('latin1', loadText.lastIndexOf(0x20, length) + 1, length);
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
