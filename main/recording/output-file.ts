import { open, type FileHandle } from 'node:fs/promises';
import { fileError } from './file-errors.ts';
import type { RecordingOutput } from './recording-output.ts';

/** Bytes waiting for the disk at which samples wait too, and at which they continue. */
const FULL = 16 * 2 ** 20;
const ROOM = 4 * 2 ** 20;

/** A file that is written from its beginning to its end, one write after another. */
export class OutputFile implements RecordingOutput {
  readonly path: string;
  private readonly handle: FileHandle;
  private tail: Promise<void> = Promise.resolve();
  private pending = 0;
  private waiting: (() => void)[] = [];
  private broken: unknown = null;
  /** Bytes that are in the file. */
  written = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** Creates the file; an existing one is not touched. */
  static async create(path: string): Promise<OutputFile> {
    try {
      return new OutputFile(path, await open(path, 'wx+', 0o644));
    } catch (cause) {
      throw fileError(cause, path);
    }
  }

  /** Queues a write. After a failure nothing more is written, and `settled` rejects. */
  write(bytes: Uint8Array): void {
    this.pending += bytes.length;
    this.tail = this.tail.then(async () => {
      try {
        if (this.broken === null) await this.writeNow(bytes);
      } catch (cause) {
        this.broken = cause;
      }
      this.pending -= bytes.length;
      if (this.pending <= ROOM) for (const wake of this.waiting.splice(0)) wake();
    });
  }

  /** Null, or while too much is pending a promise that resolves when there is room. */
  room(): Promise<void> | null {
    if (this.pending <= FULL || this.broken !== null) return null;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  get failed(): boolean {
    return this.broken !== null;
  }

  /** Resolves when everything is written; rejects with an InspectorError if something could not be. */
  async settled(): Promise<void> {
    await this.tail;
    if (this.broken !== null) throw fileError(this.broken, this.path);
  }

  /** Cuts the file to `length` and takes writes again. */
  async cut(length: number): Promise<void> {
    await this.tail;
    this.broken = null;
    await this.handle.truncate(length);
    this.written = length;
  }

  /** Resolves when it is on the disk. */
  async close(): Promise<void> {
    await this.tail;
    // If the file system does not support it, or is full, what is written stays written.
    await this.handle.sync().catch(() => undefined);
    await this.handle.close();
  }

  private async writeNow(bytes: Uint8Array): Promise<void> {
    let at = 0;
    // A disk that is nearly full accepts only a part.
    while (at < bytes.length) {
      const { bytesWritten } = await this.handle.write(bytes, at, bytes.length - at, this.written + at);
      if (bytesWritten === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' });
      at += bytesWritten;
    }
    this.written += bytes.length;
  }
}
