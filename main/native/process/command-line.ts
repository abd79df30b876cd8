import { utf8Name } from './names.ts';
import { readProc } from './proc-files.ts';

/** The command line of a process with blanks between its arguments; empty for kernel threads and zombies. */
export function commandLine(pid: number): string {
  const text = readProc(pid, 'cmdline') ?? '';
  return utf8Name(text.replace(/\0+$/, '').replaceAll('\0', ' '));
}
