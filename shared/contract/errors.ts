import { z } from 'zod';
import { isSystemError, systemReason } from '../system-reason.ts';

export const ERROR_KINDS = [
  'no-such-process',
  'no-such-folder',
  'not-permitted',
  'already-traced',
  'sandboxed',
  'unsupported',
  'program-ended',
  'bad-request',
  'no-source',
  'busy',
  'host-died',
  'link-lost',
  'damaged-file',
  'io',
  'internal',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

/**
 * How every failure crosses a boundary: what happened with its evidence, and what to do about it. Marked as pure so that a
 * bundle that only throws errors leaves zod out, which takes longer to load than the rest of it.
 */
export const inspectorErrorSchema = /* @__PURE__ */ z.object({
  kind: /* @__PURE__ */ z.enum(ERROR_KINDS),
  /** One sentence: what happened. */
  message: /* @__PURE__ */ z.string(),
  /** One sentence: what the user can do; empty if nothing can be done. */
  remedy: /* @__PURE__ */ z.string(),
});
export type InspectorErrorData = z.infer<typeof inspectorErrorSchema>;

/** The one error class of the program; a failed call of the system crosses as kind `io`, anything else that is thrown is a defect: `internal`. */
export class InspectorError extends Error {
  override readonly name = 'InspectorError';
  readonly kind: ErrorKind;
  readonly remedy: string;

  constructor(kind: ErrorKind, message: string, remedy = '', options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.remedy = remedy;
  }

  toData(): InspectorErrorData {
    return { kind: this.kind, message: this.message, remedy: this.remedy };
  }

  static from(cause: unknown): InspectorError {
    if (cause instanceof InspectorError) return cause;
    if (isSystemError(cause)) {
      const place = cause.path ?? cause.syscall ?? '';
      return new InspectorError('io', `${place === '' ? '' : `${place}: `}${systemReason(cause)}.`, '', {
        cause,
      });
    }
    const message = cause instanceof Error ? cause.message : String(cause);
    return new InspectorError('internal', message, 'This is a defect of the program; please report it.', {
      cause,
    });
  }
}
