import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * When it exits, Node restores a terminal's settings, and aborts (SIGABRT, a core file) if the terminal was closed
 * meanwhile: node::ResetStdio treats every error but EPERM as a defect. It leaves closed descriptors alone.
 */
export function outliveTerminal(): void {
  const terminals = [0, 1, 2].filter(isatty);
  process.once('exit', () => {
    for (const fd of terminals) if (!isatty(fd)) closeSync(fd);
  });
}
