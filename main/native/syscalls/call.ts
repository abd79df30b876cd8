import { ERRNO } from './constants.ts';
import { SyscallError } from './errno.ts';
import { ffi, type Word } from './ffi.ts';

/**
 * One system call; EINTR is retried. Returns its result, or the negative errno as the kernel itself does, so that
 * callers can distinguish failures without an exception.
 */
export function tryCall(
  number: number,
  a: Word = 0,
  b: Word = 0,
  c: Word = 0,
  d: Word = 0,
  e: Word = 0,
  f: Word = 0,
): number {
  const { syscall, errno } = ffi();
  for (;;) {
    const result = Number(syscall(number, a, b, c, d, e, f));
    if (result !== -1) return result;
    const code = errno();
    if (code !== ERRNO.EINTR) return -code;
  }
}

/** `tryCall` that throws a SyscallError with the call's `name`. */
export function call(
  name: string,
  number: number,
  a: Word = 0,
  b: Word = 0,
  c: Word = 0,
  d: Word = 0,
  e: Word = 0,
  f: Word = 0,
): number {
  const result = tryCall(number, a, b, c, d, e, f);
  // The kernel's own range of error values; addresses and counts never fall into it.
  if (result < 0 && result >= -4095) throw new SyscallError(name, -result);
  return result;
}
