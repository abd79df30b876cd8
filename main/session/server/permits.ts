import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CommandName, CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { type SourceLine, sourceLineText } from '#shared/contract/source-line.ts';
import { permitText, type PermitSubject } from '#shared/contract/permit.ts';
import { permitSchema } from '#shared/contract/permit-schema.ts';

/** Decides whether the window may do what it asks for. */
export interface PermitCheck {
  /** Throws InspectorError `not-permitted` if command `name` with `request` is never permitted here. */
  command?<N extends CommandName>(name: N, request: CommandRequest<N>): void;
  /** Throws InspectorError `not-permitted` unless `permits` has one for each of `subjects`, in their order. */
  require(subjects: readonly PermitSubject[], permits: readonly string[]): void;
  /** Signs a line for the shell; missing if there is none. */
  signSource?(source: SourceLine): string;
}

/** For windows whose messages come from the user alone, such as those of tests. */
export const EVERYTHING_PERMITTED: PermitCheck = { require: () => undefined };

/** The signature of a permit: HMAC-SHA256 over its random part and the subject. */
export const signPermit = (key: Buffer, nonce: string, subject: PermitSubject): string =>
  signText(key, nonce, permitText(subject));

/** A permit: a random part, which makes it new, and its signature. */
export const newPermit = (key: Buffer, subject: PermitSubject): string =>
  newlySigned(key, permitText(subject));

function newlySigned(key: Buffer, text: string): string {
  const nonce = randomBytes(16).toString('hex');
  return `${nonce}.${signText(key, nonce, text)}`;
}

const signText = (key: Buffer, nonce: string, text: string): string =>
  createHmac('sha256', key).update(`${nonce}\n${text}`).digest('hex');

/** Whether `permit` is a signature of `text` by `key`. */
function isSigned(key: Buffer, text: string, permit: string): boolean {
  if (!permitSchema.safeParse(permit).success) return false;
  const [nonce = '', signature = ''] = permit.split('.');
  return timingSafeEqual(Buffer.from(signature, 'hex'), Buffer.from(signText(key, nonce, text), 'hex'));
}

/** Whether the engine signed this source line. @param key of the connection with that engine */
export const isSignedSource = (key: Buffer, source: SourceLine, permit: string): boolean =>
  isSigned(key, sourceLineText(source), permit);

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
    return !this.used.has(permit) && isSigned(this.key, permitText(subject), permit);
  }

  signSource(source: SourceLine): string {
    return newlySigned(this.key, sourceLineText(source));
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
