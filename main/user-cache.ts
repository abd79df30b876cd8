import { homedir } from 'node:os';
import { join } from 'node:path';

/** The program's folder `name` in the user's cache; it may not exist yet. */
export const userCacheFolder = (name: string): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'soft-dirty-inspector', name);
