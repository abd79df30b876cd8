/** Pages that one thread writes repeatedly. */
export interface WriterTask {
  readonly page: number;
  readonly count: number;
  readonly rounds: number;
}

/** What the test target does; each command is answered with a number. Pages are absolute page numbers. */
export type TargetCommand =
  /** Any system call. */
  | { readonly op: 'call'; readonly number: number; readonly args: readonly number[] }
  /** Writes a new word to each page; or reads each. */
  | { readonly op: 'write' | 'read'; readonly pages: readonly number[] }
  /** One store to the last bytes of the page and the first of the page after it. */
  | { readonly op: 'write-across'; readonly page: number }
  /** One byte into each page. */
  | { readonly op: 'fill'; readonly page: number; readonly count: number }
  /** Answers with the descriptor. */
  | { readonly op: 'open'; readonly path: string; readonly writable?: boolean }
  /** Makes every other page read-only. */
  | { readonly op: 'protect-alternate'; readonly page: number; readonly count: number }
  /** A child writes the page and ends; answers with its exit status, 7. */
  | { readonly op: 'fork'; readonly page: number }
  /** Handles SIGWINCH. */
  | { readonly op: 'listen' }
  /** A filter that allows everything, on the main thread. */
  | { readonly op: 'seccomp' }
  | { readonly op: 'writers'; readonly tasks: readonly WriterTask[] }
  /**
   * Writers that wait after each round until it is acknowledged. The file is shared memory: two words a writer, the round
   * that it finished and the round that was acknowledged.
   */
  | { readonly op: 'handshakes'; readonly path: string; readonly tasks: readonly WriterTask[] }
  /** How many writers are done. */
  | { readonly op: 'writers-done' };
