import { InspectorError } from '#shared/contract/errors.ts';
import { isSystemError, systemReason } from '#shared/system-reason.ts';

/** What to do, by errno. */
const WRITING: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space, or record to another disk.',
  EDQUOT: 'Free some space, or record to another disk.',
  EFBIG: 'Record to another disk, or begin another recording.',
  EACCES: 'Use a folder that you may write to.',
  EPERM: 'Use a folder that you may write to.',
  EROFS: 'Use another folder.',
  EEXIST: 'Use another name; recordings are never overwritten.',
  ENOENT: 'Check the path.',
  ENOTDIR: 'Check the path.',
  EISDIR: 'Give the name of a file.',
  EIO: 'What was written before is kept.',
};

const READING: Readonly<Record<string, string>> = {
  EACCES: 'Ask the owner of the file for the right to read it (chmod), or open it as that user.',
  EPERM: 'Ask the owner of the file for the right to read it (chmod), or open it as that user.',
  ENOENT: 'Check the path.',
  ENOTDIR: 'Check the path.',
  EISDIR: 'Give the name of a file.',
  ELOOP: 'Check the path.',
  ENAMETOOLONG: 'Check the path.',
  ENXIO: 'Select a recording.',
  EIO: 'Copy the file to another disk (ddrescue) and open the copy.',
  EMFILE: 'Close other windows, or raise the limit (ulimit -n).',
};

/** A file system's error of writing in plain words. */
export function fileError(cause: unknown, path: string): InspectorError {
  return describeFileError(cause, path, WRITING);
}

/** Like `fileError`, for reading. */
export function readError(cause: unknown, path: string): InspectorError {
  return describeFileError(cause, path, READING);
}

function describeFileError(
  cause: unknown,
  path: string,
  remedies: Readonly<Record<string, string>>,
): InspectorError {
  if (cause instanceof InspectorError) return cause;
  const remedy = isSystemError(cause) ? remedies[cause.code] : undefined;
  return new InspectorError('io', `${path}: ${systemReason(cause)}.`, remedy ?? '', { cause });
}
