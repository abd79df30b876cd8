import { spawn } from 'node:child_process';
import { InspectorError } from '#shared/contract/errors.ts';
import { systemReason } from '#shared/system-reason.ts';
import type { ConnectCommand } from './connect-command.ts';
import { hasRemedy, notConnected } from './connect-errors.ts';
import type { StreamLink } from './stream-link.ts';
import { windowEnd, type WindowEndListener, type WindowEndOptions } from './window-end.ts';

/** How much of what the command prints on standard error is kept for messages: its end. */
const MAX_ERROR_TEXT = 2000;
/** How long the command may take to end after its streams, before it is ended. */
const EXIT_WAIT_MS = 1000;
/** How long its last output may take to arrive. */
const OUTPUT_WAIT_MS = 200;
/** Exit status of a shell that does not find a command (POSIX, "Exit Status for Commands"). */
const EXIT_NOT_FOUND = 127;

/**
 * Runs `command`, whose streams lead to `soft-dirty serve --stdio`, and connects with it. Every failure is reported to
 * `listener.closed`, with the last lines of the command's standard error.
 */
export function connect(
  command: ConnectCommand,
  options: WindowEndOptions,
  listener: WindowEndListener,
): StreamLink {
  const [file = '', ...args] = command.words;
  const child = spawn(file, args, { env: command.env, stdio: ['pipe', 'pipe', 'pipe'] });
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-MAX_ERROR_TEXT)));
  let startError: string | null = null;
  let greeted = false;
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    // A separate process may keep its streams open.
    child.once('exit', () => setTimeout(resolve, OUTPUT_WAIT_MS));
    child.on('error', (error) => {
      // Otherwise it could not be killed, as a process of another user.
      if (child.pid === undefined) startError = systemReason(error);
      resolve();
    });
  });

  const explained = (error: InspectorError): InspectorError => {
    if (startError !== null) {
      return new InspectorError('link-lost', `${file} cannot be started: ${startError}.`, `Install ${file}.`);
    }
    const lines = printed.trim();
    // pkexec ends with it as well if it is refused.
    if (!greeted && child.exitCode === EXIT_NOT_FOUND && !hasRemedy(lines)) {
      return new InspectorError(
        'link-lost',
        `${options.name} has no command soft-dirty (exit code 127). ${lines}`.trim(),
        'Install Soft-Dirty Inspector or its command-line archive there, so that soft-dirty is on the PATH.',
      );
    }
    if (lines === '') return error;
    if (!greeted) return notConnected(options.name, lines, error);
    return new InspectorError('link-lost', `${error.message} ${lines}`, error.remedy);
  };

  return windowEnd({ input: child.stdout, output: child.stdin }, options, {
    ...listener,
    value: (value) => listener.value(value),
    frame: (buffer) => listener.frame(buffer),
    connected: (hello) => {
      greeted = true;
      listener.connected(hello);
    },
    closed: (error) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_WAIT_MS);
      // What it printed on standard error has arrived when it has ended.
      void exited.then(() => {
        clearTimeout(timer);
        listener.closed(error === null ? null : explained(error));
      });
    },
  });
}
