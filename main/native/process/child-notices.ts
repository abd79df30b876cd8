import * as notices from '../notices.ts';
import { ChildWatch, type NewChild } from './children.ts';

/** Some programs start others all the time: this many notices in this many milliseconds have one child each. */
const MAX_NOTICES = 10;
const PERIOD_MS = 5000;

/** What is to be reported of one child, or of several of which `pid` is the first. */
export interface ChildNotice {
  readonly pid: number;
  readonly message: string;
  /** All that it is about. */
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

  /** What is to be reported now; at the first call also the children that there were already. */
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
      // The last notice of the period has all that are left of its kind.
      const group = last ? [first, ...rest.filter((child) => child.kind === first.kind)] : [first];
      this.waiting = this.waiting.filter((child) => !group.includes(child));
      const children = group.map(({ pid }) => pid);
      due.push({ pid: first.pid, message: notices.children(this.pid, first.kind, group), children });
    }
    return due;
  }
}
