import { open, type FileHandle } from 'node:fs/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import { fileError } from './output-file.ts';

/** Bytes that are read here and there. */
export interface Input {
  readonly path: string;
  facts(): Promise<{ size: number; modified: number }>;
  /** Up to `length` bytes at `at`: fewer where the file ends. */
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
    try {
      const handle = await open(path, 'r');
      const stat = await handle.stat();
      if (stat.isFile()) return new InputFile(path, handle);
      await handle.close();
    } catch (cause) {
      throw fileError(cause, path);
    }
    throw new InspectorError('io', `${path}: it is no file.`, 'Choose a recording.');
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
      throw fileError(cause, this.path);
    }
    return done === length ? bytes : bytes.subarray(0, done);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
