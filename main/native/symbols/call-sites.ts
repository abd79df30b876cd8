import { tryReadMemory } from '../syscalls/calls.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import type { Libdw } from './libdw.ts';

const MAX_CACHED = 100_000;
/** Longest call: FF /2 with SIB and a displacement of 32 bits. */
const MAX_CALL_BYTES = 7;
/** Maximum number of bytes read of a function, up to the instruction in question. */
const MAX_FUNCTION_BYTES = 4096;
/** How far from `push %rbp` a compiler moves `mov %rsp,%rbp`, at the beginning of a function. */
const PROLOGUE_BYTES = 32;
const ENDBR64 = [0xf3, 0x0f, 0x1e, 0xfa];
const PUSH_RBP = 0x55;
const MOV_RSP_TO_RBP = [0x48, 0x89, 0xe5];

/** What is mapped at an address. */
export type CodeKind = 'file' | 'compiled' | 'none';

export interface CallSitesOptions {
  readonly library: Libdw;
  readonly dwfl: bigint;
  readonly pid: number;
  /** `compiled`: executable memory of no file, made by a compiler in the program. */
  readonly kind: (address: bigint) => CodeKind;
  /** Where the file is loaded as a whole, of an address in another mapping of it. */
  readonly loadedAt: (address: bigint) => bigint;
}

/**
 * Which frames of a stack can be trusted. If code has no call frame information (.eh_frame, .debug_frame), libdw uses
 * rbp as a frame pointer; in code compiled without frame pointers its value is arbitrary, and so are the callers found
 * by it.
 */
export class CallSites {
  private readonly options: CallSitesOptions;
  private readonly returns = new Map<bigint, boolean>();
  private readonly unwindable = new Map<bigint, boolean>();
  private readonly bytes = new NativeBuffer(MAX_FUNCTION_BYTES);
  private readonly out = new NativeBuffer(64);

  constructor(options: CallSitesOptions) {
    this.options = options;
  }

  /** Whether a call returns to `address`: it is executable, and follows a call instruction. */
  isReturn(address: bigint): boolean {
    // Code may be mapped there later.
    if (this.options.kind(address - 1n) === 'none') return false;
    return cached(this.returns, address, () => {
      return this.read(address - BigInt(MAX_CALL_BYTES), MAX_CALL_BYTES) && endsWithCall(this.bytes.bytes);
    });
  }

  /** Whether the caller of the code at `address` can be found: by call frame information, or by a frame pointer that it sets. */
  isUnwindable(address: bigint): boolean {
    const kind = this.options.kind(address);
    // Compilers within programs write no such information, and most keep frame pointers.
    if (kind !== 'file') return kind === 'compiled';
    return cached(this.unwindable, address, () => {
      const { library, dwfl } = this.options;
      const loaded = this.options.loadedAt(address);
      const module = BigInt(library.addrModule(dwfl, loaded) ?? 0);
      if (module === 0n) return false;
      return this.hasInformation(module, loaded) || this.hasFramePointer(module, loaded);
    });
  }

  private hasInformation(module: bigint, address: bigint): boolean {
    const { library } = this.options;
    const { u64, address: out } = this.out;
    return [library.ehCfi, library.dwarfCfi].some((find) => {
      u64[0] = 0n;
      const cfi = BigInt(find(module, out) ?? 0);
      if (cfi === 0n || Number(library.cfiFrame(cfi, address - u64[0], out + 8n)) !== 0) return false;
      library.free(u64[1]);
      return true;
    });
  }

  private hasFramePointer(module: bigint, address: bigint): boolean {
    const { library } = this.options;
    const { u64, address: out } = this.out;
    // The offset at 0, GElf_Sym at 8: its size at 24.
    if (typeof library.addrInfo(module, address, out, out + 8n, 0, 0, 0) !== 'string') return false;
    const [offset, , , size] = u64;
    if (offset >= size || offset > MAX_FUNCTION_BYTES) return false;
    const bytes = Number(offset);
    return this.read(address - offset, bytes) && setsFramePointer(this.bytes.bytes.subarray(0, bytes));
  }

  private read(address: bigint, bytes: number): boolean {
    return tryReadMemory(this.options.pid, this.bytes.address, address, bytes) === bytes;
  }
}

function cached(known: Map<bigint, boolean>, key: bigint, find: () => boolean): boolean {
  let value = known.get(key);
  if (value === undefined) {
    if (known.size > MAX_CACHED) known.clear();
    value = find();
    known.set(key, value);
  }
  return value;
}

/** Whether the seven bytes end with a call (Intel SDM, volume 2: E8 rel32; FF /2 with ModR/M, SIB and displacement). */
export function endsWithCall(bytes: Uint8Array): boolean {
  if (bytes[MAX_CALL_BYTES - 5] === 0xe8) return true;
  for (const length of [2, 3, 4, 6, 7]) {
    const at = MAX_CALL_BYTES - length;
    if (
      bytes[at] === 0xff &&
      ((bytes[at + 1] >> 3) & 7) === 2 &&
      indirectLength(bytes[at + 1], bytes[at + 2]) === length
    )
      return true;
  }
  return false;
}

/** Length of an instruction FF with this ModR/M byte; `sib` is the byte after it. */
function indirectLength(modRm: number, sib: number): number {
  const [mode, operand] = [modRm >> 6, modRm & 7];
  if (mode === 3) return 2;
  const hasSib = operand === 4;
  const base = hasSib ? 3 : 2;
  if (mode === 1) return base + 1;
  if (mode === 2) return base + 4;
  return operand === 5 || (hasSib && (sib & 7) === 5) ? base + 4 : base;
}

/** Whether a function sets its frame pointer in `bytes`, its first ones. */
export function setsFramePointer(bytes: Uint8Array): boolean {
  const begin = matches(bytes, 0, ENDBR64) ? ENDBR64.length : 0;
  for (let at = begin; at < bytes.length; at++) {
    if (bytes[at] !== PUSH_RBP) continue;
    const last = at === begin ? PROLOGUE_BYTES : at + 1;
    for (let move = at + 1; move <= last && move < bytes.length; move++)
      if (matches(bytes, move, MOV_RSP_TO_RBP)) return true;
  }
  return false;
}

const matches = (bytes: Uint8Array, at: number, wanted: readonly number[]): boolean =>
  wanted.every((byte, i) => bytes[at + i] === byte);
