/** Where the bytes of a recording go, from its beginning to its end: a file of this machine, or one at the other end of a link. */
export interface RecordingOutput {
  readonly path: string;
  /** Bytes that are stored. */
  readonly written: number;
  /** Whether a write failed since it was made or cut. */
  readonly failed: boolean;
  /** Queues a write. After a failure nothing more is written, and `settled` rejects. */
  write(bytes: Uint8Array): void;
  /** Null, or a promise of room where too much waits to be written. */
  room(): Promise<void> | null;
  /** Resolves when everything is written; rejects with an InspectorError if something could not be. */
  settled(): Promise<void>;
  /** Cuts it to `length` bytes and takes writes again. */
  cut(length: number): Promise<void>;
  /** Resolves when it is closed, even after a failure. */
  close(): Promise<void>;
}

export type CreateOutput = (path: string) => Promise<RecordingOutput>;
