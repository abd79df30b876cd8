import { constants } from 'node:os';

const names = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));
// EAGAIN and EWOULDBLOCK share a number; the kernel's documentation uses the first.
names.set(constants.errno.EAGAIN, 'EAGAIN');

/** The name of an errno value, `E42` if the system has none. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `E${errno}`;
}

/** A failed system call. Not shown to the user as such: callers turn it into an InspectorError. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError';
  readonly call: string;
  readonly errno: number;

  constructor(call: string, errno: number) {
    super(`${call}: ${errnoName(errno)}`);
    this.call = call;
    this.errno = errno;
  }
}
