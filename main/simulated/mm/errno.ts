/** Error numbers of include/uapi/asm-generic/errno-base.h, negated: what a kernel function returns. */
export const EPERM = -1;
export const ENOENT = -2;
export const ESRCH = -3;
export const EIO = -5;
export const EAGAIN = -11;
export const ENOMEM = -12;
export const EACCES = -13;
export const EFAULT = -14;
export const EBUSY = -16;
export const EEXIST = -17;
export const EINVAL = -22;
export const ENOSPC = -28;
export const EOVERFLOW = -75;

const NAMES = new Map<number, string>([
  [EPERM, 'EPERM'],
  [ENOENT, 'ENOENT'],
  [ESRCH, 'ESRCH'],
  [EIO, 'EIO'],
  [EAGAIN, 'EAGAIN'],
  [ENOMEM, 'ENOMEM'],
  [EACCES, 'EACCES'],
  [EFAULT, 'EFAULT'],
  [EBUSY, 'EBUSY'],
  [EEXIST, 'EEXIST'],
  [EINVAL, 'EINVAL'],
  [ENOSPC, 'ENOSPC'],
  [EOVERFLOW, 'EOVERFLOW'],
]);

/** `EINVAL` for -22; throws if the engine returned something that is not an error. */
export function errnoName(result: number): string {
  const name = NAMES.get(result);
  if (name === undefined) throw new RangeError(`not an error number: ${result}`);
  return name;
}
