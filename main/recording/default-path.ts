import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { xdgFolder } from '../xdg-folder.ts';
import { fileError } from './file-errors.ts';

/** Folder of recordings without a selected path: the user's data folder (XDG Base Directory Specification). */
export function recordingsFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = xdgFolder('XDG_DATA_HOME', env) ?? join(homedir(), '.local', 'share');
  return join(base, 'soft-dirty-inspector', 'recordings');
}

/** A path for a file about `title` that is made now, a recording by default, in the folder of recordings; the folder is made. */
export async function defaultPath(title: string, now = new Date(), ending = '.mcap'): Promise<string> {
  const folder = recordingsFolder();
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw fileError(cause, folder);
  }
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}-${two(now.getMinutes())}-${two(now.getSeconds())}`;
  const millis = String(now.getMilliseconds()).padStart(3, '0');
  const name = title
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replaceAll(/^[-.]+|-+$/g, '')
    .slice(0, 60);
  return join(folder, `${name || 'recording'} ${day} ${time}.${millis}${ending}`);
}
