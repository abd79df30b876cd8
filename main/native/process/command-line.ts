import { readProc } from './proc-files.ts';

/** The command line of a process with blanks between its arguments; empty for kernel threads and zombies. */
export function commandLine(pid: number): string {
  const text = readProc(pid, 'cmdline') ?? '';
  return Buffer.from(text.replace(/\0+$/, '').replaceAll('\0', ' '), 'latin1').toString('utf8');
}
