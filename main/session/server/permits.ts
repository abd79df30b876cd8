import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CommandName, CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { permitSchema, permitText, type PermitSubject } from '#shared/contract/permit.ts';

/** Decides whether the window may do what it asks for. */
export interface PermitCheck {
  /** Throws InspectorError `not-permitted` where command `name` with `request` is never permitted here. */
  command?<N extends CommandName>(name: N, request: CommandRequest<N>): void;
  /** Throws InspectorError `not-permitted` unless `permits` has one for each of `subjects`, in their order. */
  require(subjects: readonly PermitSubject[], permits: readonly string[]): void;
}

/** For windows whose messages come from the user alone, such as those of tests. */
export const EVERYTHING_PERMITTED: PermitCheck = { require: () => undefined };

/** The signature of a permit: HMAC-SHA256 over its random part and the subject. */
export function signPermit(key: Buffer, nonce: string, subject: PermitSubject): string {
  return createHmac('sha256', key)
    .update(`${nonce}\n${permitText(subject)}`)
    .digest('hex');
}

/** Permits that were signed with the shell's `key`; each is accepted once. */
export class SignedPermits implements PermitCheck {
  private readonly key: Buffer;
  private readonly used = new Set<string>();

  constructor(key: Buffer) {
    this.key = key;
  }

  require(subjects: readonly PermitSubject[], permits: readonly string[]): void {
    for (const [i, subject] of subjects.entries()) {
      if (!this.accepts(subject, permits[i] ?? '')) throw notPermitted(subject);
    }
    // Only once all of them are right: a refused command can be repeated.
    for (const permit of permits.slice(0, subjects.length)) this.used.add(permit);
  }

  private accepts(subject: PermitSubject, permit: string): boolean {
    if (!permitSchema.safeParse(permit).success || this.used.has(permit)) return false;
    const [nonce = '', signature = ''] = permit.split('.');
    const right = Buffer.from(signPermit(this.key, nonce, subject), 'hex');
    return timingSafeEqual(Buffer.from(signature, 'hex'), right);
  }
}

const WHAT: Readonly<Record<PermitSubject['kind'], string>> = {
  attach: 'Attaching to a process',
  launch: 'Starting a program',
  read: 'Opening a file',
  write: 'Recording to a file of one’s choice',
  run: 'Running a command',
};

function notPermitted({ kind }: PermitSubject): InspectorError {
  return new InspectorError(
    'not-permitted',
    `${WHAT[kind]} needs the user's permission, and this request has none.`,
    'Confirm it in the dialog, or name it on the command line.',
  );
}
