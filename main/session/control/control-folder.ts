import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import { xdgFolder } from '../../xdg-folder.ts';

const SUFFIX = '.socket';

/**
 * Folder of the control sockets of this user: below XDG_RUNTIME_DIR, else in the folder for temporary files with the user's number
 * in its name. Only its owner may enter it, so only the owner's programs reach the sockets.
 */
export function controlFolder(env: NodeJS.ProcessEnv = process.env): string {
  const runtime = xdgFolder('XDG_RUNTIME_DIR', env);
  return runtime !== null
    ? join(runtime, 'soft-dirty-inspector')
    : join(tmpdir(), `soft-dirty-inspector-${process.geteuid?.() ?? 0}`);
}

/** Makes the folder. Throws `not-permitted` if another user made it, who could replace the sockets. */
export function makeControlFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.geteuid?.())
    throw new InspectorError('not-permitted', `${folder} is not a folder of this user.`);
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** A path for the `n`-th socket of this process. */
export const socketPath = (folder: string, n: number): string => join(folder, `${process.pid}-${n}${SUFFIX}`);

/** The sockets in the folder, including those whose process has ended; none if there is no folder of this user. */
export function controlSockets(folder: string): string[] {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory() || found.uid !== process.geteuid?.()) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .sort()
    .map((name) => join(folder, name));
}
