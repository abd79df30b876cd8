import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import { readError } from './file-errors.ts';

/** Bytes that are read here and there. */
export interface Input {
  readonly path: string;
  facts(): Promise<{ size: number; modified: number }>;
  /** Up to `length` bytes at `at`: fewer if the file ends. */
  read(at: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A file. It stays readable when it is moved or deleted meanwhile. */
export class InputFile implements Input {
  readonly path: string;
  private readonly handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  static async open(path: string): Promise<InputFile> {
    return new InputFile(path, await openRegular(path, 'a recording'));
  }

  async facts(): Promise<{ size: number; modified: number }> {
    const { size, mtimeMs } = await this.handle.stat();
    return { size, modified: mtimeMs };
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let done = 0;
    try {
      while (done < length) {
        const { bytesRead } = await this.handle.read(bytes, done, length - done, at + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } catch (cause) {
      throw readError(cause, this.path);
    }
    return done === length ? bytes : bytes.subarray(0, done);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

/**
 * Opens a regular file for reading, nothing else: a pipe without a writer would block, a device never end.
 * @param what is expected there, "a recording"
 */
export async function openRegular(path: string, what: string): Promise<FileHandle> {
  let kind: string;
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stat = await handle.stat();
    if (stat.isFile()) return handle;
    await handle.close();
    kind = stat.isDirectory()
      ? 'a folder'
      : stat.isFIFO()
        ? 'a pipe'
        : stat.isSocket()
          ? 'a socket'
          : 'a device';
  } catch (cause) {
    throw readError(cause, path);
  }
  throw new InspectorError('io', `${path} is ${kind}, not a regular file.`, `Select ${what}.`);
}

/** The text of a regular file of at most `maxBytes`. */
export async function readRegular(path: string, what: string, maxBytes: number): Promise<string> {
  const handle = await openRegular(path, what);
  try {
    const { size } = await handle.stat();
    if (size > maxBytes)
      throw new InspectorError('io', `${path} has ${size} bytes, more than ${maxBytes}.`, `Select ${what}.`);
    // No more than that, even if it grows meanwhile.
    const bytes = Buffer.alloc(size);
    let done = 0;
    while (done < size) {
      const { bytesRead } = await handle.read(bytes, done, size - done, done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done).toString();
  } catch (cause) {
    throw readError(cause, path);
  } finally {
    await handle.close();
  }
}
