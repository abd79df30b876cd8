import { InspectorError } from '#shared/contract/errors.ts';

type Reason = readonly [what: string, remedy: string];

const WRITING: Readonly<Record<string, Reason>> = {
  ENOSPC: ['the disk is full', 'Make room, or record to another disk.'],
  EDQUOT: ['the quota of this user is used up', 'Make room, or record to another disk.'],
  EFBIG: ['the file system takes no larger file', 'Record to another disk, or begin another recording.'],
  EACCES: ['permission denied', 'Choose a folder that you may write to.'],
  EPERM: ['permission denied', 'Choose a folder that you may write to.'],
  EROFS: ['the file system is read-only', 'Choose another folder.'],
  EEXIST: ['there is such a file already', 'Choose another name; recordings are never overwritten.'],
  ENOENT: ['there is no such file or folder', 'Check the path.'],
  ENOTDIR: ['a part of its path is no folder', 'Check the path.'],
  EISDIR: ['it is a folder', 'Give the name of a file.'],
  EIO: ['the disk reports an error', 'What was written before is kept.'],
};

const READING: Readonly<Record<string, Reason>> = {
  EACCES: [
    'permission denied',
    'Ask the owner of the file for the right to read it (chmod), or open it as that user.',
  ],
  EPERM: [
    'permission denied',
    'Ask the owner of the file for the right to read it (chmod), or open it as that user.',
  ],
  ENOENT: ['there is no such file or folder', 'Check the path.'],
  ENOTDIR: ['a part of its path is no folder', 'Check the path.'],
  ELOOP: ['its symbolic links lead in a circle', 'Check the path.'],
  ENAMETOOLONG: ['the path is too long', 'Check the path.'],
  ENXIO: ['it is a socket or a device, not a regular file', 'Select a recording.'],
  EIO: ['the disk reports an error', 'Copy the file to another disk (ddrescue) and open the copy.'],
  EMFILE: ['too many files are open', 'Close other windows, or raise the limit (ulimit -n).'],
};

/** A file system's error of writing in plain words. */
export function fileError(cause: unknown, path: string): InspectorError {
  return inWords(cause, path, WRITING);
}

/** The same of reading. */
export function readError(cause: unknown, path: string): InspectorError {
  return inWords(cause, path, READING);
}

function inWords(cause: unknown, path: string, reasons: Readonly<Record<string, Reason>>): InspectorError {
  if (cause instanceof InspectorError) return cause;
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  const known = code === undefined ? undefined : reasons[code];
  const [what, remedy] = known ?? [cause instanceof Error ? cause.message : String(cause), ''];
  return new InspectorError('io', `${path}: ${what}${code && known ? ` (${code})` : ''}.`, remedy, { cause });
}
