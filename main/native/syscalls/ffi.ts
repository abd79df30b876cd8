import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import { InspectorError } from '#shared/contract/errors.ts';

/** A machine word as an argument: numbers for what is small, bigint for addresses that may exceed 2^53. */
export type Word = number | bigint;

type RawSyscall = (number: number, a: Word, b: Word, c: Word, d: Word, e: Word, f: Word) => number | bigint;

interface Ffi {
  readonly syscall: RawSyscall;
  readonly errno: () => number;
  readonly address: (buffer: ArrayBuffer) => bigint;
  readonly store: (address: bigint, value: bigint) => void;
  readonly copy: (to: bigint, from: bigint, bytes: number) => void;
}

let loaded: Ffi | undefined;

/** Why there is no native source on this system; null if there may be one. Touches nothing. */
export function platformObstacle(): InspectorError | null {
  if (process.platform !== 'linux') {
    return new InspectorError(
      'unsupported',
      `Tracking a real process needs Linux; this is ${process.platform}.`,
      'Use the simulated source, or open a recording made on Linux.',
    );
  }
  if (process.arch !== 'x64') {
    return new InspectorError(
      'unsupported',
      `Tracking a real process is only implemented for x86-64; this is ${process.arch}.`,
      'Use the simulated source, or open a recording.',
    );
  }
  return null;
}

/**
 * libc through koffi, loaded at first use so that importing this code is harmless everywhere. A single foreign
 * function, `syscall(2)`, is enough: it sets errno as every wrapper of libc does and has the same name in glibc and musl.
 */
export function ffi(): Ffi {
  if (loaded) return loaded;
  const obstacle = platformObstacle();
  if (obstacle) throw obstacle;
  let koffi: typeof Koffi;
  try {
    // require, not import: loading must be synchronous, and bundlers must leave the native module alone.
    koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  } catch (cause) {
    throw new InspectorError(
      'unsupported',
      'The native module koffi cannot be loaded, so no real process can be tracked.',
      'Install the packages again (npm ci); in a package, koffi must be outside the asar archive.',
      { cause },
    );
  }
  const word = 'uintptr_t';
  const libc = koffi.load(null);
  const call = libc.func('syscall', 'long', ['long', word, word, word, word, word, word]);
  loaded = {
    syscall: call as unknown as RawSyscall,
    errno: () => koffi.errno(),
    address: (buffer) => koffi.address(buffer),
    copy: libc.func('memcpy', word, [word, word, 'size_t']) as unknown as Ffi['copy'],
    store: (address, value) => koffi.encode(address, 'uint64', value),
  };
  return loaded;
}

/** The address of a buffer's first byte. Buffers outside V8's heap do not move; keep it referenced while in use. */
export function addressOf(buffer: ArrayBuffer): bigint {
  return ffi().address(buffer);
}

/** Stores a word of 64 bits at an address of our own, by a store of the processor. */
export function storeWord(address: bigint, value: bigint): void {
  ffi().store(address, value);
}

/**
 * Copies memory of our own at `from` by loads of the processor: also what no system call may read, such as the rings that
 * perf maps (VM_PFNMAP).
 */
export function copyMemory(to: bigint, from: bigint, bytes: number): void {
  ffi().copy(to, from, bytes);
}
