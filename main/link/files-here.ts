import { rm } from 'node:fs/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import { OutputFile } from '../recording/output-file.ts';
import { type FileReply, fileRequestSchema } from './file-messages.ts';
import { damagedStream } from './stream-errors.ts';
import type { StreamLink } from './stream-link.ts';

/**
 * The window's end of files that an engine elsewhere writes: files of this machine that were made here for a request of the user, and
 * no others, whatever the other end sends.
 */
export class FilesHere {
  private readonly link: Pick<StreamLink, 'send' | 'hold' | 'release'>;
  private readonly files = new Map<string, OutputFile>();
  private waiting: (() => void)[] = [];

  constructor(link: Pick<StreamLink, 'send' | 'hold' | 'release'>) {
    this.link = link;
  }

  get isOpen(): boolean {
    return this.files.size > 0;
  }

  /** Resolves when the engine has closed all of them. */
  async allClosed(): Promise<void> {
    if (this.files.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Makes a file that the engine may write. @throws InspectorError `io`, including if it exists */
  async create(path: string): Promise<void> {
    this.files.set(path, await OutputFile.create(path));
  }

  /** The engine writes it no longer. */
  async remove(path: string): Promise<void> {
    const file = this.files.get(path);
    if (file !== undefined) await this.close(path, file);
  }

  /** Nothing is left of a file in which there is nothing: a request that the engine refused. */
  private async close(path: string, file: OutputFile): Promise<void> {
    this.files.delete(path);
    await file.close();
    if (file.written === 0) await rm(path, { force: true });
    if (this.files.size === 0) for (const wake of this.waiting.splice(0)) wake();
  }

  /**
   * Handles a request of the engine.
   * @throws InspectorError `link-lost` if it is invalid, or for a file that was not made for it
   */
  receive(value: unknown): void {
    const request = fileRequestSchema.safeParse(value);
    const file = request.success ? this.files.get(request.data.path) : undefined;
    if (!request.success || file === undefined) throw damagedStream('a request for a file of this machine');
    const { id, path, operation } = request.data;
    void this.perform(file, path, operation)
      .then(() => null)
      .catch((cause: unknown) => InspectorError.from(cause).toData())
      .then((error) => this.link.send({ type: 'stored', id, error } satisfies FileReply));
  }

  /** The link is closed: what arrived stays, and can be read. */
  async closed(): Promise<void> {
    await Promise.all([...this.files.keys()].map((path) => this.remove(path)));
  }

  private async perform(
    file: OutputFile,
    path: string,
    operation: NonNullable<ReturnType<typeof fileRequestSchema.parse>>['operation'],
  ): Promise<void> {
    if (operation.kind === 'cut') return file.cut(operation.length);
    if (operation.kind === 'close') return this.close(path, file);
    file.write(operation.bytes);
    const stored = file.settled();
    // An engine that sends more than the disk takes waits.
    const room = file.room();
    if (room !== null) {
      this.link.hold();
      void room.then(() => this.link.release());
    }
    return stored;
  }
}
