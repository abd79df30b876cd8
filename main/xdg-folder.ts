import { isAbsolute } from 'node:path';

/** The folder in a variable of the XDG Base Directory Specification; null if it is not set, or relative, which is invalid there. */
export function xdgFolder(variable: `XDG_${string}`, env: NodeJS.ProcessEnv = process.env): string | null {
  const path = env[variable];
  return path !== undefined && isAbsolute(path) ? path : null;
}
