import { readProc } from '../process/proc-files.ts';
import { tryReadMemory } from '../syscalls/calls.ts';
import { REG, SYS } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { callNumber, type Registers } from './interrupted-call.ts';

/**
 * A sleeping thread that was stopped once is in restart_syscall, and the number of its call is lost. It is needed where the
 * call has to be made again without that: rt_sigreturn makes restart_syscall return EINTR (arch/x86/kernel/signal_64.c,
 * restore_sigcontext). These four use it (kernel/time/hrtimer.c, fs/select.c, kernel/futex/waitwake.c).
 */
const RESTARTED = new Set<number>([SYS.poll, SYS.nanosleep, SYS.clock_nanosleep, SYS.futex]);

/** `mov $number, %eax; syscall`, as most C libraries make a call. */
const MOV_EAX = 0xb8;
const CODE_BYTES = 7;

/** Which call a blocked thread waits in, by its wait channel (/proc/PID/task/TID/wchan); null if not known. */
export function waitingCall(pid: number, tid: number): number | null {
  const place = readProc(pid, `task/${tid}/wchan`) ?? '';
  if (place.includes('nanosleep')) return SYS.nanosleep;
  if (place.includes('futex')) return SYS.futex;
  return place.includes('poll') ? SYS.poll : null;
}

/** The call that a stopped thread is in, also behind restart_syscall; `waiting` is of `waitingCall`. Null: not known. */
export function restartedCall(pid: number, registers: Registers, waiting: number | null): number | null {
  const number = callNumber(registers);
  if (number !== SYS.restart_syscall) return number;
  const code = new NativeBuffer(CODE_BYTES);
  const from = registers[REG.rip] - BigInt(CODE_BYTES);
  if (tryReadMemory(pid, code.address, from, CODE_BYTES) === CODE_BYTES && code.bytes[0] === MOV_EAX) {
    const found = new DataView(code.bytes.buffer).getUint32(1, true);
    if (RESTARTED.has(found)) return found;
  }
  // The first argument of clock_nanosleep is a clock, that of nanosleep an address.
  if (waiting === SYS.nanosleep && registers[REG.rdi] < 16n) return SYS.clock_nanosleep;
  return waiting;
}
