import { readFileSync } from 'node:fs';

/** A file under /proc/PID as text; null if the process or the file does not exist, or may not be read. */
export function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return null;
  }
}
