import { storeWord } from '../syscalls/ffi.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import type { CallSites } from './call-sites.ts';
import type { Libdw } from './libdw.ts';

/** Registers by DWARF's numbers and the memory from the stack pointer on, copied while the thread waited. */
export interface CopiedStack {
  readonly registers: BigUint64Array;
  /** Whether all registers are known; otherwise only rsp (7) and rip (16). */
  readonly complete: boolean;
  readonly start: bigint;
  readonly bytes: Uint8Array;
}

const RBP = 6;
const RSP = 7;
const RIP = 16;
const MAX_FRAMES = 128;
const DWARF_CB_OK = 0;
const DWARF_CB_ABORT = 1;
const WORD = 8;
/** Unwound stacks that are kept, for threads that come to the same place again. */
const MAX_KNOWN = 2000;

/** The frames of a stack. */
export interface UnwoundStack {
  /** Instructions, innermost first: that of the thread itself, then return addresses. */
  readonly frames: readonly bigint[];
  /** Whether the last one is the thread's outermost. */
  readonly isWhole: boolean;
}

/** A stack, and the words that it was found by: the same words at the same place are the same stack. */
interface KnownStack {
  readonly unwound: UnwoundStack;
  readonly words: readonly (readonly [offset: number, value: bigint])[];
}

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
  private sites: CallSites | null = null;
  /** By instruction, stack pointer and rbp. */
  private readonly known = new Map<string, KnownStack>();
  private words: [offset: number, value: bigint][] = [];
  /** Whether the last frame needs a word outside of the copy, which libdw takes for the end. */
  private isShort = false;

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
    // The program or its code has changed.
    this.known.clear();
    return Boolean(this.library.attachState(dwfl, 0, pid, this.state.address, 1));
  }

  /** @param sites of the same Dwfl: the stack ends before a frame that they do not confirm */
  unwind(dwfl: bigint, stack: CopiedStack, sites: CallSites): UnwoundStack {
    this.view = new DataView(stack.bytes.buffer, stack.bytes.byteOffset, stack.bytes.length);
    const { registers } = stack;
    const key = `${dwfl} ${registers[RIP]} ${registers[RSP]} ${registers[RBP]} ${stack.start} ${stack.complete}`;
    const known = this.known.get(key);
    if (known?.words.every(([offset, value]) => this.wordAt(offset) === value)) return known.unwound;
    this.stack = stack;
    this.sites = sites;
    this.frames = [];
    this.words = [];
    this.isShort = false;
    const ended = this.library.threadFrames(dwfl, 1, this.onFrame, 0);
    const { frames, words } = this;
    const unwound = {
      frames: frames.length > 0 ? frames : [registers[RIP]],
      isWhole: ended === DWARF_CB_OK && !this.isShort,
    };
    if (this.known.size >= MAX_KNOWN) this.known.clear();
    // A stack that ends early may be complete later, when more code is loaded.
    if (unwound.isWhole) this.known.set(key, { unwound, words });
    return unwound;
  }

  /** Null beyond the copy. */
  private wordAt(offset: number): bigint | null {
    return offset + WORD > this.view.byteLength ? null : this.view.getBigUint64(offset, true);
  }

  private readWord(address: bigint, result: bigint): boolean {
    const at = this.stack === null ? -1n : address - this.stack.start;
    const value = at < 0n ? null : this.wordAt(Number(at));
    if (value === null) {
      this.isShort = true;
      return false;
    }
    this.words.push([Number(at), value]);
    storeWord(result, value);
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
    const { pc, frames, sites } = this;
    pc.bytes[WORD] = 0;
    this.isShort = false;
    if (sites === null || !this.library.framePc(frame, pc.address, pc.address + BigInt(WORD)))
      return DWARF_CB_ABORT;
    const [address] = pc.u64;
    // The thread's own instruction, or one that a signal interrupted: no call is before it.
    const isInterrupted = pc.bytes[WORD] !== 0;
    const isLast = address === 0n;
    if (!isLast && !isInterrupted && !sites.isReturn(address)) return DWARF_CB_ABORT;
    frames.push(address);
    if (frames.length === MAX_FRAMES) return DWARF_CB_ABORT;
    return isLast || sites.isUnwindable(isInterrupted ? address : address - 1n)
      ? DWARF_CB_OK
      : DWARF_CB_ABORT;
  }
}
