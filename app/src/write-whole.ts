import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import type { SaveReply } from '#shared/contract/shell.ts';

/** Writes to a file beside `path` first, so that a full disk does not destroy the existing file. */
export async function writeWhole(path: string, data: Uint8Array): Promise<SaveReply> {
  // Its name cannot be known beforehand, and 'wx' follows no link: another user of the folder cannot redirect it.
  const part = `${path}.${randomUUID()}.part`;
  try {
    await writeFile(part, data, { flag: 'wx' });
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    const detail = cause instanceof Error ? cause.message : String(cause);
    return { status: 'failed', message: `${path} could not be written: ${detail}.` };
  }
  return { status: 'saved', path };
}
