import * as say from '../messages.ts';
import { ChildWatch, type NewChild } from './children.ts';

/** Shortest time between two notices, in milliseconds: some programs start others all the time. */
const PAUSE = 5000;

/** Turns the children of a process into notices: the first at once, later ones together. */
export class ChildNotices {
  private readonly pid: number;
  private readonly watch: ChildWatch;
  private waiting: NewChild[] = [];
  private next = 0;

  constructor(pid: number) {
    this.pid = pid;
    this.watch = new ChildWatch(pid);
  }

  /** What is to be said now, or null. */
  look(now = performance.now()): string | null {
    this.waiting.push(...this.watch.look());
    if (this.waiting.length === 0 || now < this.next) return null;
    const children = this.waiting;
    this.waiting = [];
    this.next = now + PAUSE;
    return say.children(this.pid, children);
  }
}
