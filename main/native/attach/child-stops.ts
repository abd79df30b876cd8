import { tryCall } from '../syscalls/call.ts';
import { SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';

const SIGCHLD = 17;
const SA_NOCLDSTOP = 1n;
/** Size of a signal set. */
const SET_BYTES = 8;
/** struct kernel_sigaction: handler, flags, restorer, mask (linux/signal_types.h). */
const ACTION_BYTES = 32;
/** SIG_DFL is 0 and SIG_IGN 1. */
const LAST_DISPOSITION = 1n;

let action: NativeBuffer | undefined;

/**
 * Sends this process no SIGCHLD for stops any more. With one, Node waits for each of its children, and that wait takes the stop
 * of a traced child: Node believes that it has ended, and our own wait for the stop finds nothing. To be called before each
 * stop: Node installs its handler, without the flag, with its first child.
 */
export function ignoreChildStops(): void {
  const buffer = (action ??= new NativeBuffer(ACTION_BYTES));
  if (tryCall(SYS.rt_sigaction, SIGCHLD, 0, buffer.address, SET_BYTES) < 0) return;
  const [handler, flags] = buffer.u64;
  if (handler <= LAST_DISPOSITION || (flags & SA_NOCLDSTOP) !== 0n) return;
  buffer.u64[1] = flags | SA_NOCLDSTOP;
  tryCall(SYS.rt_sigaction, SIGCHLD, buffer.address, 0, SET_BYTES);
}
