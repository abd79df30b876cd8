/**
 * What the user allowed, and permits for it. A permit is given for what the command line named, what was selected in a dialog of the
 * system, what was dropped, and the shell's list of recent recordings; for all else the user is asked here, by a
 * dialog that the page cannot draw or answer.
 */
import { dirname } from 'node:path';
import { permitText, type PermitSubject } from '#shared/contract/permit.ts';
import { newPermit } from '../../main/session/server/permits.ts';
import { TaskQueue } from '#shared/task-queue.ts';
import { questionOf, type Question } from './permit-questions.ts';

export interface Permits {
  /** The user selected it outside of the page. */
  allow(subject: PermitSubject): void;
  /** Whether the user allowed `path` to be read or written, or the shell knows it. */
  knows(path: string): Promise<boolean>;
  /** A permit, once the user allowed it; null if the user refuses. */
  request(subject: PermitSubject): Promise<string | null>;
}

export interface PermitSources {
  /** The key of the engine that runs. */
  key(): Buffer;
  /** Asks the user; false if the user refuses. */
  ask(question: Question): Promise<boolean>;
  /** The recordings that the shell remembers. */
  recent(): Promise<readonly { readonly path: string }[]>;
  /** Default folder of recordings: they belong to the user. Null: the engine's files are not of this machine. */
  readonly recordings: string | null;
  /** Where the engine runs, for the questions; null: this machine. */
  readonly where: string | null;
}

export function createPermits({ key, ask, recent, recordings, where }: PermitSources): Permits {
  const allowed = new Set<string>();
  const isKnown = async (path: string): Promise<boolean> =>
    allowed.has(permitText({ kind: 'read', path })) ||
    allowed.has(permitText({ kind: 'write', path })) ||
    (recordings !== null && dirname(path) === recordings) ||
    (await recent()).some((one) => one.path === path);
  const isAllowed = async (subject: PermitSubject): Promise<boolean> =>
    allowed.has(permitText(subject)) || (subject.kind === 'read' && (await isKnown(subject.path)));
  // One question at a time: a page must not flood the user with dialogs.
  const queue = new TaskQueue();
  return {
    allow: (subject) => void allowed.add(permitText(subject)),
    knows: isKnown,
    request: (subject) =>
      queue.run(async () => {
        if (!(await isAllowed(subject))) {
          if (!(await ask(await questionOf(subject, where)))) return null;
          allowed.add(permitText(subject));
        }
        return newPermit(key(), subject);
      }),
  };
}
