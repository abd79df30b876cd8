import { REG, RESTART } from '../syscalls/constants.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { callNumber, isInterrupted, type Registers } from './interrupted-call.ts';
import { inSystemCall, signed } from './tracee.ts';

/**
 * A signal frame, as the kernel builds one for a handler (arch/x86/kernel/signal_64.c, struct rt_sigframe), holding
 * what a thread did before we made it do something else. Once it is on the program's stack and the stack pointer
 * points to it, a `ret` leads through rt_sigreturn back to that state: all registers, floating point, signal mask.
 *
 * So the program survives our death at any step of an attach: the kernel detaches the thread, which finishes the call
 * that we set up and returns by itself. In the normal case we restore the registers ourselves, more exactly than
 * rt_sigreturn can: a call that has to be restarted is then restarted by the kernel with its remaining timeout.
 */

/** Byte offsets in struct rt_sigframe; struct sigcontext_64 begins at 48. */
const AT = {
  pretcode: 0,
  ucFlags: 8,
  ucStackFlags: 32,
  context: 48,
  segments: 192,
  fpstate: 232,
  sigmask: 304,
  end: 312,
} as const;

/** UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS */
const UC_FLAGS = 7n;
/** Neither SS_ONSTACK nor SS_DISABLE: the kernel ignores it, and the thread keeps its alternate signal stack. */
const INVALID_STACK_FLAGS = 0x7fff;

/** Order of the general registers in struct sigcontext_64. */
const CONTEXT_ORDER = [
  REG.r8,
  REG.r9,
  REG.r10,
  REG.r11,
  REG.r12,
  REG.r13,
  REG.r14,
  REG.r15,
  REG.rdi,
  REG.rsi,
  REG.rbp,
  REG.rbx,
  REG.rdx,
  REG.rax,
  REG.rcx,
  REG.rsp,
  REG.rip,
  REG.eflags,
] as const;

/** XSAVE area: the kernel keeps its own data in bytes 464 … 511 (struct _fpx_sw_bytes), its end is marked too. */
const SW_RESERVED = 464;
const FP_XSTATE_MAGIC1 = 0x46505853;
const FP_XSTATE_MAGIC2 = 0x46505845;
const XSTATE_BV = 512;
/** Every kernel restores components up to here (AVX-512, PKRU); beyond are AMX tiles, which need a permission. */
const MAX_XSTATE = 2696;
/** x87, SSE, AVX, MPX, AVX-512, PKRU, APX: the components below MAX_XSTATE. */
const RESTORED_FEATURES = 0x803ffn;
/** Maximum size of a frame on the stack, with the alignment of the floating-point state. */
export const MAX_FRAME_BYTES = 4096;

export interface ReturnFrame {
  /** What must be written at `address` of the program before the registers are changed. */
  readonly bytes: NativeBuffer;
  readonly length: number;
  readonly address: bigint;
}

/**
 * `end`: the address below which the frame is placed. `registers`: those with which the thread continues, see
 * `resumableRegisters`. `xstate`: its
 * floating-point state, `xstateBytes` long, as PTRACE_GETREGSET gives it.
 */
export function buildReturnFrame(
  end: bigint,
  restorer: bigint,
  registers: Registers,
  mask: bigint,
  xstate: NativeBuffer,
  xstateBytes: number,
): ReturnFrame {
  const stateBytes = Math.min(xstateBytes, MAX_XSTATE) & ~7;
  const fpstate = (end - BigInt(stateBytes + 8)) & ~63n;
  const address = (fpstate - BigInt(AT.end)) & ~15n;
  const gap = Number(fpstate - address);
  const bytes = new NativeBuffer(gap + stateBytes + 8);
  const word = (offset: number, value: bigint) => {
    bytes.u64[offset / 8] = value;
  };

  word(AT.pretcode, restorer);
  word(AT.ucFlags, UC_FLAGS);
  bytes.u32[AT.ucStackFlags / 4] = INVALID_STACK_FLAGS;
  CONTEXT_ORDER.forEach((register, i) => word(AT.context + i * 8, registers[register]));
  const segments = new Uint16Array(bytes.bytes.buffer, AT.segments, 4);
  segments[0] = Number(registers[REG.cs]);
  segments[3] = Number(registers[REG.ss]);
  word(AT.fpstate, fpstate);
  word(AT.sigmask, mask);

  bytes.bytes.set(xstate.bytes.subarray(0, stateBytes), gap);
  const features = xstate.u64[SW_RESERVED / 8] & RESTORED_FEATURES;
  bytes.u64[(gap + XSTATE_BV) / 8] &= RESTORED_FEATURES;
  const note = (gap + SW_RESERVED) / 4;
  bytes.u32[note] = FP_XSTATE_MAGIC1;
  bytes.u32[note + 1] = stateBytes + 4;
  bytes.u64[(gap + SW_RESERVED) / 8 + 1] = features;
  bytes.u32[note + 4] = stateBytes;
  bytes.u32[(gap + stateBytes) / 4] = FP_XSTATE_MAGIC2;
  return { bytes, length: bytes.bytes.length, address };
}

/**
 * The registers with which the thread can simply continue: a call that was interrupted by our stop is made again from its
 * beginning, which is what the kernel does too for most calls. `call` is that of `restartedCall`; null if that is not
 * known, and then the result is null too.
 */
export function resumableRegisters(registers: Registers, call: number | null): Registers | null {
  if (!inSystemCall(registers)) return registers;
  if (!isRestart(registers[REG.rax]) && !isInterrupted(registers)) return registers;
  if (call === null) return null;
  const result = registers.slice();
  result[REG.rip] = registers[REG.rip] - 2n;
  // With the mark of keepCall, except behind restart_syscall.
  const known = call === callNumber(registers);
  result[REG.rax] = known ? registers[REG.orig_rax] : BigInt(call);
  return result;
}

/** -ERESTARTSYS, -ERESTARTNOINTR, -ERESTARTNOHAND, -ERESTART_RESTARTBLOCK */
function isRestart(rax: bigint): boolean {
  const code = Number(-signed(rax));
  return Object.values(RESTART).some((restart) => restart === code);
}
