/** Pages that one thread writes, over and over. */
export interface WriterTask {
  readonly page: number;
  readonly count: number;
  readonly rounds: number;
}

/** What the test target does; each command is answered with a number. Pages are absolute page numbers. */
export type TargetCommand =
  /** Any system call. */
  | { readonly op: 'call'; readonly number: number; readonly args: readonly number[] }
  /** One byte into each page. */
  | { readonly op: 'write' | 'read'; readonly pages: readonly number[] }
  | { readonly op: 'fill'; readonly page: number; readonly count: number }
  /** A child writes the page and ends; answers with its exit status, 7. */
  | { readonly op: 'fork'; readonly page: number }
  /** A filter that allows everything, on the main thread. */
  | { readonly op: 'seccomp' }
  | { readonly op: 'writers'; readonly tasks: readonly WriterTask[] }
  /** How many writers are done. */
  | { readonly op: 'writers-done' };
