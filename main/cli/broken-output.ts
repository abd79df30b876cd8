import { systemReason } from '#shared/system-reason.ts';
import type { OutputStream } from './command.ts';
import { EXIT_FAILED } from './command.ts';

/**
 * Keeps a failing standard stream from ending the process with a stack trace. The end of the reader (`| head`) is no
 * failure; anything else, such as a full disk, is reported in one sentence. Returns the exit code to use instead of
 * a command's own, null if the output was written.
 *
 * A descriptor that was closed (`>&-`) is no failure here: Node opens /dev/null read-write in its place before any script
 * runs, which is also what a parent passes that wants no output (libuv's `ignore`, Python's DEVNULL, daemon(3)).
 */
export function watchStandardOutput(stdout: OutputStream, stderr: OutputStream): () => number | null {
  let failed = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (failed || error.code === 'EPIPE') return;
    failed = true;
    stderr.write(`soft-dirty: standard output cannot be written to: ${systemReason(error)}.\n`);
  });
  // There is nowhere to report it.
  stderr.on('error', () => undefined);
  return () => (failed ? EXIT_FAILED : null);
}
