import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * At its end Node gives a terminal its settings back, and aborts (SIGABRT, a core file) if the terminal was closed
 * meanwhile: node::ResetStdio takes every error but EPERM for a defect. It leaves closed descriptors alone.
 */
export function outliveTerminal(): void {
  const terminals = [0, 1, 2].filter(isatty);
  process.once('exit', () => {
    for (const fd of terminals) if (!isatty(fd)) closeSync(fd);
  });
}
