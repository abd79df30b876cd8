import { storeWord } from '../syscalls/ffi.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import type { Libdw } from './libdw.ts';

/** Registers by DWARF's numbers and the memory from the stack pointer on, copied while the thread waited. */
export interface CopiedStack {
  readonly registers: BigUint64Array;
  /** Else only rsp (7) and rip (16) are known. */
  readonly complete: boolean;
  readonly start: bigint;
  readonly bytes: Uint8Array;
}

const RSP = 7;
const RIP = 16;
const MAX_FRAMES = 128;
const DWARF_CB_OK = 0;
const DWARF_CB_ABORT = 1;
const WORD = 8;

/** Finds the callers of a thread by DWARF's call frame information, from copies of its registers and stack, while it runs. */
export class Unwinder {
  private readonly library: Libdw;
  private readonly state = new NativeBuffer(6 * WORD);
  private readonly registers = new NativeBuffer((RIP + 1) * WORD);
  private readonly pc = new NativeBuffer(2 * WORD);
  private readonly onFrame: bigint;
  private stack: CopiedStack | null = null;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private frames: bigint[] = [];

  constructor(library: Libdw) {
    this.library = library;
    const { u64 } = this.state;
    u64[0] = library.callback('int', 3, () => 0);
    u64[1] = library.callback('bool', 4, (_dwfl, tid, _argument, out) => {
      storeWord(BigInt(out), BigInt(tid));
      return true;
    });
    u64[2] = library.callback('bool', 4, (_dwfl, address, result) =>
      this.readWord(BigInt(address), BigInt(result)),
    );
    u64[3] = library.callback('bool', 2, (thread) => this.setRegisters(thread));
    this.onFrame = library.callback('int', 2, (frame) => this.addFrame(frame));
  }

  /** To be called once for each Dwfl, which describes process `pid`. */
  attach(dwfl: bigint, pid: number): boolean {
    return Boolean(this.library.attachState(dwfl, 0, pid, this.state.address, 1));
  }

  /** Instructions of all frames, innermost first: that of the thread itself, then return addresses. */
  unwind(dwfl: bigint, stack: CopiedStack): readonly bigint[] {
    this.stack = stack;
    this.view = new DataView(stack.bytes.buffer, stack.bytes.byteOffset, stack.bytes.length);
    this.frames = [];
    this.library.threadFrames(dwfl, 1, this.onFrame, 0);
    const { frames } = this;
    return frames.length > 0 ? frames : [stack.registers[RIP]];
  }

  private readWord(address: bigint, result: bigint): boolean {
    const at = this.stack === null ? -1n : address - this.stack.start;
    if (at < 0n || at + BigInt(WORD) > BigInt(this.view.byteLength)) return false;
    storeWord(result, this.view.getBigUint64(Number(at), true));
    return true;
  }

  private setRegisters(thread: number | bigint): boolean {
    const { stack, library, registers } = this;
    if (stack === null) return false;
    registers.u64.set(stack.registers);
    const { address } = registers;
    if (stack.complete) return Boolean(library.threadRegisters(thread, 0, RIP + 1, address));
    return [RSP, RIP].every((register) =>
      Boolean(library.threadRegisters(thread, register, 1, address + BigInt(register * WORD))),
    );
  }

  private addFrame(frame: number | bigint): number {
    const { pc, frames } = this;
    if (!this.library.framePc(frame, pc.address, 0)) return DWARF_CB_ABORT;
    frames.push(pc.u64[0]);
    return frames.length < MAX_FRAMES ? DWARF_CB_OK : DWARF_CB_ABORT;
  }
}
