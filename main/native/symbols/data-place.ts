import { PAGE_SIZE, pageOfAddress } from '#shared/memory/page.ts';
import type { MapsVma } from '../process/maps.ts';
import { commName } from '../process/names.ts';
import { readProc } from '../process/proc-files.ts';
import { readStatus } from '../process/status.ts';
import { robustListHead } from '../syscalls/calls.ts';
import { Mappings } from '../writers/mappings.ts';
import { ThreadPlaces } from '../writers/thread-state.ts';
import { heapChunk, type HeapChunk } from './heap-chunk.ts';
import type { Symbols } from './symbols.ts';

/** What is at a data address. */
export interface DataPlace {
  readonly mapping: {
    readonly start: bigint;
    readonly end: bigint;
    /** File name, `[heap]` or `[anon:NAME]`; empty if it has none. */
    readonly name: string;
    /** Offset of the address in the file; null for memory of no file. */
    readonly fileOffset: bigint | null;
  };
  /** A global variable of a loaded file. */
  readonly symbol: { readonly name: string; readonly offset: bigint; readonly bytes: number } | null;
  /** The thread whose stack it is. */
  readonly thread: { readonly tid: number; readonly name: string } | null;
  /** The block of glibc's malloc in the main heap. */
  readonly chunk: HeapChunk | null;
}

/** What is at `address` of process `pid`; null if nothing is mapped. Reads the program's memory, and changes nothing. */
export function dataPlace(pid: number, address: bigint, symbols: Symbols): DataPlace | null {
  const mappings = new Mappings(pid);
  mappings.refresh();
  const vma = mappings.at(Number(address / BigInt(PAGE_SIZE)));
  if (vma === undefined) return null;
  const start = BigInt(vma.start * PAGE_SIZE);
  const end = BigInt(vma.end * PAGE_SIZE);
  const isFile = vma.kind.startsWith('file');
  return {
    mapping: {
      ...{ start, end, name: vma.name },
      fileOffset: isFile ? address - start + BigInt(vma.pgoff * PAGE_SIZE) : null,
    },
    symbol: symbols.dataAt(address),
    thread: threadOn(pid, vma),
    chunk: vma.kind === 'heap' ? heapChunk(pid, vma, address) : null,
  };
}

/**
 * The thread whose stack `vma` is: [stack] is the main thread's, others hold the stack pointer, or glibc's control block, which
 * is at the top of each stack. The stack pointer of a thread that runs is not known.
 */
export function threadOn(pid: number, vma: MapsVma): DataPlace['thread'] {
  if (vma.kind !== 'stack' && vma.kind !== 'anon-private') return null;
  const main = readStatus(pid)?.tgid;
  const places = new ThreadPlaces(pid);
  const holds = (address: bigint) => {
    const page = pageOfAddress(address);
    return vma.start <= page && page < vma.end;
  };
  try {
    for (const tid of places.threads()) {
      const isOnIt =
        vma.kind === 'stack'
          ? tid === main && !'ZX'.includes(readStatus(pid, tid)?.state ?? 'X')
          : holds(places.place(tid)?.stackPointer ?? 0n) || (tid !== main && holds(robustListHead(tid)));
      if (isOnIt) return { tid, name: commName(readProc(pid, `task/${tid}/comm`) ?? '') };
    }
    return null;
  } finally {
    places.close();
  }
}
