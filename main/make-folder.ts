import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it; one that exists stays unchanged. Returns whether it was made. Throws the system's error. `mkdirSync`
 * with `recursive` does not return if a file system has no such folder and makes none (ENOENT below /proc).
 */
export function makeFolder(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return false;
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path || statSync(above, { throwIfNoEntry: false })) throw cause;
    makeFolder(above, mode);
    mkdirSync(path, { mode });
    return true;
  }
}
