import { homedir } from 'node:os';
import { join } from 'node:path';
import { xdgFolder } from './xdg-folder.ts';

/** The program's folder `name` in the user's cache; it may not exist yet. */
export const userCacheFolder = (name: string): string =>
  join(xdgFolder('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'soft-dirty-inspector', name);
