import { readFileSync } from 'node:fs';

/** The `code` of an error thrown by node:fs, or an empty text. */
export function errorCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}

/** A file under /proc/PID as text; null where the process, or the file, does not exist (any more) or may not be read. */
export function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return null;
  }
}
