import { tryCall } from '../native/syscalls/call.ts';
import { SYS } from '../native/syscalls/constants.ts';
import type { OutputStream } from './command.ts';

/** linux/fcntl.h */
const F_SETPIPE_SZ = 1031;
/** What an ordinary user may ask for by default (fs.pipe-max-size). */
const ROOM = 2 ** 20;

/**
 * Makes room for more than 64 KiB in the pipe behind `stream`, so that a busy machine need not switch between writer and
 * reader sixteen times for each line. Without effect on anything but a pipe, or where the kernel refuses.
 */
export function enlargePipe(stream: OutputStream): void {
  if (stream.fd !== undefined) tryCall(SYS.fcntl, stream.fd, F_SETPIPE_SZ, ROOM);
}
