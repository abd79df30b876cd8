import { readdirSync, readlinkSync } from 'node:fs';
import * as notices from '../../notices.ts';

/** Minimum interval between listings of descriptors, in milliseconds. */
const POLL_MS = 250;

/** How long a mapping is young, in milliseconds. */
const GRACE_MS = 1000;
/** Grace period of memory that the program may want to register itself. */
const GRACE_BESIDE_OWN_MS = 2000;

/**
 * Whether memory of a process can be registered with a userfaultfd that is not ours: one of the program's own, or another
 * inspector's. If it can, ownership is checked before anything is armed.
 */
export class Owner {
  private readonly pid: number;
  private own = false;
  private foundForeign = false;
  private lookedAt = -Infinity;
  /** How long a new mapping is left unregistered, in milliseconds: longer if the program has a userfaultfd at the attach. */
  readonly graceMs: number;

  constructor(pid: number) {
    this.pid = pid;
    this.own = this.holdsOwn();
    this.graceMs = this.own ? GRACE_BESIDE_OWN_MS : GRACE_MS;
  }

  /** True while the program has its own userfaultfd, and permanently once a foreign registration was found. */
  get foreignPossible(): boolean {
    // A closed one has no registrations.
    if (this.own && performance.now() - this.lookedAt > POLL_MS) this.own = this.holdsOwn();
    return this.own || this.foundForeign;
  }

  /** A registration that is not ours was found: returns the reason for the table. */
  ofForeign(): string {
    this.foundForeign = true;
    if (!this.own && performance.now() - this.lookedAt > POLL_MS) this.own = this.holdsOwn();
    return this.own ? notices.UNTRACKED.ownUserfaultfd : notices.UNTRACKED.otherInspector;
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
