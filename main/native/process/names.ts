/** Names in /proc hold any bytes that a program put there; the files are read as latin1, which keeps them. */

/** A name that was read as latin1, decoded as UTF-8; invalid bytes become U+FFFD. */
export const utf8Name = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

/** The name in /proc/PID/comm, which the kernel ends with a newline and does not escape. */
export const commName = (comm: string): string => utf8Name(comm.replace(/\n$/, ''));

/** The name in /proc/PID/status, where a newline is `\n` and a backslash is doubled (fs/proc/array.c, proc_task_name). */
export const statusName = (name: string): string =>
  utf8Name(name.replace(/\\([n\\])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : '\\')));
