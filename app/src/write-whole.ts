import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import type { SaveReply } from '#shared/contract/shell.ts';
import { systemReason } from '#shared/system-reason.ts';

/**
 * Writes to a file beside `path` first, so that a full disk does not destroy the existing file.
 * @param mode permissions, before the umask
 */
export async function writeWhole(path: string, data: Uint8Array, mode = 0o666): Promise<SaveReply> {
  // Its name cannot be known in advance, and 'wx' follows no link: another user of the folder cannot redirect it.
  const part = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(part, data, { flag: 'wx', mode });
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    return { status: 'failed', message: `${path} could not be written: ${systemReason(cause)}.` };
  }
  return { status: 'saved', path };
}
