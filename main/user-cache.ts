import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The program's folder `name` in the user's cache; it may not exist yet. */
export const userCacheFolder = (name: string): string =>
  join(cacheHome(process.env['XDG_CACHE_HOME'] ?? ''), 'soft-dirty-inspector', name);

// A relative one is invalid and to be ignored.
const cacheHome = (path: string): string => (isAbsolute(path) ? path : join(homedir(), '.cache'));
