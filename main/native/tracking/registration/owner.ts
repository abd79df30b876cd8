import { readdirSync, readlinkSync } from 'node:fs';
import * as say from '../../messages.ts';

/** Listing descriptors again is worth it so often at most, in milliseconds. */
const LOOK_MS = 250;

/**
 * Whether memory of a process can be registered with a userfaultfd that is not ours: one of the program's own, or another
 * inspector's. Where it can, nothing is armed without asking first whose it is.
 */
export class Owner {
  private readonly pid: number;
  private own = false;
  private met = false;
  private lookedAt = -Infinity;

  constructor(pid: number) {
    this.pid = pid;
    this.own = this.holdsOwn();
  }

  /** True while the program has a userfaultfd of its own, and for good once a foreign registration was met. */
  get foreignPossible(): boolean {
    // One that is closed has nothing registered any more.
    if (this.own && performance.now() - this.lookedAt > LOOK_MS) this.own = this.holdsOwn();
    return this.own || this.met;
  }

  /** A registration that is not ours was met: whose, in words. */
  ofForeign(): string {
    this.met = true;
    if (!this.own && performance.now() - this.lookedAt > LOOK_MS) this.own = this.holdsOwn();
    return this.own ? say.UNTRACKED.ownUserfaultfd : say.UNTRACKED.otherInspector;
  }

  private holdsOwn(): boolean {
    const folder = `/proc/${this.pid}/fd`;
    try {
      return readdirSync(folder).some((fd) => isUserfaultfd(`${folder}/${fd}`));
    } catch {
      // Without the right to read it, or gone.
      return false;
    } finally {
      this.lookedAt = performance.now();
    }
  }
}

function isUserfaultfd(path: string): boolean {
  try {
    return readlinkSync(path) === 'anon_inode:[userfaultfd]';
  } catch {
    return false;
  }
}
