/** Errors of the system's calls (man 3 errno), as Node's modules throw them, in plain English. */

const WORDS: Readonly<Record<string, string>> = {
  E2BIG: 'the arguments are too long',
  EACCES: 'permission denied',
  EBADF: 'it is not open',
  EBUSY: 'it is in use',
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'the other end closed the connection',
  EDQUOT: 'the quota of this user is used up',
  EEXIST: 'a file of this name already exists',
  EFBIG: 'the file is too large for the file system',
  EINVAL: 'it is not possible there',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links form a loop',
  EMFILE: 'too many files are open',
  EMLINK: 'it has too many links',
  ENAMETOOLONG: 'the path is too long',
  ENFILE: 'the system has too many files open',
  ENOENT: 'there is no such file or folder',
  ENOEXEC: 'it is not a program for this machine',
  ENOMEM: 'there is not enough memory',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is not a folder',
  ENOTEMPTY: 'the folder is not empty',
  ENXIO: 'it is a socket or a device, not a regular file',
  EPERM: 'permission denied',
  EPIPE: 'the other end closed the connection',
  EROFS: 'the file system is read-only',
  ESRCH: 'there is no such process',
  ETXTBSY: 'it is a program that is running',
  EXDEV: 'it is on another file system',
};

interface SystemError extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly path?: string;
}

/** Whether a call of the system failed with an errno. */
export const isSystemError = (cause: unknown): cause is SystemError =>
  cause instanceof Error &&
  'code' in cause &&
  typeof cause.code === 'string' &&
  /^E[A-Z0-9]+$/.test(cause.code);

/** "permission denied (EACCES)": without the path, which the caller's sentence names. Of another error its own message. */
export function systemReason(cause: unknown): string {
  if (!isSystemError(cause)) return cause instanceof Error ? cause.message : String(cause);
  const { code, syscall = '' } = cause;
  const isStart = code === 'ENOENT' && syscall.startsWith('spawn');
  return `${isStart ? 'there is no such program' : (WORDS[code] ?? plainText(cause))} (${code})`;
}

/** Node's text for an errno: "ECODE: text, call 'path'". */
function plainText({ message, code }: SystemError): string {
  return message.startsWith(`${code}: `)
    ? message.slice(code.length + 2).replace(/, \w+(?: '.*)?$/s, '')
    : message;
}
