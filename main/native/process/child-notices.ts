import * as notices from '../notices.ts';
import { ChildWatch, type NewChild } from './children.ts';

/**
 * Some programs start others all the time: after this many notices in this many milliseconds, a notice names several
 * children.
 */
const MAX_NOTICES = 10;
const PERIOD_MS = 5000;

/** A notice about one child, or about several of which `pid` is the first. */
export interface ChildNotice {
  readonly pid: number;
  readonly message: string;
  /** All children that it names. */
  readonly children: readonly number[];
}

/** Turns the children of a process into notices: one for each, unless there are many; none is left out. */
export class ChildNotices {
  private readonly pid: number;
  private readonly watch: ChildWatch;
  private waiting: NewChild[] = [];
  private began = -Infinity;
  private count = 0;

  constructor(pid: number) {
    this.pid = pid;
    this.watch = new ChildWatch(pid);
  }

  /** The notices that are due; at the first call also about children that existed before. */
  poll(now = performance.now()): ChildNotice[] {
    this.waiting.push(...this.watch.poll());
    if (now - this.began >= PERIOD_MS) {
      this.began = now;
      this.count = 0;
    }
    const due: ChildNotice[] = [];
    while (this.waiting.length > 0 && this.count < MAX_NOTICES) {
      this.count++;
      const last = this.count === MAX_NOTICES;
      const [first, ...rest] = this.waiting;
      // The last notice of the period names all others of its kind.
      const group = last ? [first, ...rest.filter((child) => child.kind === first.kind)] : [first];
      this.waiting = this.waiting.filter((child) => !group.includes(child));
      const children = group.map(({ pid }) => pid);
      due.push({ pid: first.pid, message: notices.children(this.pid, first.kind, group), children });
    }
    return due;
  }
}
