import { PAGE_SIZE } from '#shared/memory/page.ts';
import { commName } from '../process/names.ts';
import { readProc } from '../process/proc-files.ts';
import { Mappings } from '../writers/mappings.ts';
import { ThreadPlaces } from '../writers/thread-state.ts';
import { heapChunk, type HeapChunk } from './heap-chunk.ts';
import type { Symbols } from './symbols.ts';

/** What is at a data address. */
export interface DataPlace {
  readonly mapping: {
    readonly start: bigint;
    readonly end: bigint;
    /** Of the file, `[heap]`, `[anon:NAME]`; empty where it has none. */
    readonly name: string;
    /** Of the address in the file; null for memory of no file. */
    readonly fileOffset: bigint | null;
  };
  /** A global variable of a loaded file. */
  readonly symbol: { readonly name: string; readonly offset: bigint; readonly bytes: number } | null;
  /** The thread whose stack it is: its stack pointer is in the same mapping. */
  readonly thread: { readonly tid: number; readonly name: string } | null;
  /** The block of glibc's malloc in the main heap. */
  readonly chunk: HeapChunk | null;
}

/** What is at `address` of process `pid`; null where nothing is mapped. Reads the program's memory, and changes nothing. */
export function dataPlace(pid: number, address: bigint, symbols: Symbols): DataPlace | null {
  const mappings = new Mappings(pid);
  mappings.refresh();
  const vma = mappings.at(Number(address / BigInt(PAGE_SIZE)));
  if (vma === undefined) return null;
  const start = BigInt(vma.start * PAGE_SIZE);
  const end = BigInt(vma.end * PAGE_SIZE);
  const isFile = vma.kind.startsWith('file');
  const isStackLike = vma.kind === 'stack' || vma.kind === 'anon-private';
  return {
    mapping: {
      ...{ start, end, name: vma.name },
      fileOffset: isFile ? address - start + BigInt(vma.pgoff * PAGE_SIZE) : null,
    },
    symbol: symbols.dataAt(address),
    thread: isStackLike ? threadIn(pid, start, end) : null,
    chunk: vma.kind === 'heap' ? heapChunk(pid, vma, address) : null,
  };
}

/** The thread whose stack pointer is in `start` … `end`. */
export function threadIn(pid: number, start: bigint, end: bigint): DataPlace['thread'] {
  const places = new ThreadPlaces(pid);
  try {
    for (const tid of places.threads()) {
      const stackPointer = places.place(tid)?.stackPointer;
      if (stackPointer === undefined || stackPointer < start || stackPointer >= end) continue;
      return { tid, name: commName(readProc(pid, `task/${tid}/comm`) ?? '') };
    }
    return null;
  } finally {
    places.close();
  }
}
