import { readFileSync } from 'node:fs';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { forEachMapsLine, type MapsVma, parseMapsLine } from '../process/maps.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { type Libdw, libdw } from './libdw.ts';

/** What is known of one code address. */
export interface CodePlace {
  /** Name of the function, demangled; null where none is known. */
  readonly function: string | null;
  /** Path of the file that holds the code; null where it is in none. */
  readonly module: string | null;
  /** Address in that file's own address space, in bytes; of no file: the address itself. */
  readonly offset: bigint;
  /** Source file and line, where the file has DWARF. */
  readonly file: string | null;
  readonly line: number | null;
}

const NO_BIAS = 0xffff_ffff_ffff_ffffn;
const MAX_CACHED = 100_000;

/**
 * Names of code addresses of a running process, by libdw. Without libdw, functions are unknown and module and offset are
 * the contents of maps.
 */
export class Symbols {
  private readonly pid: number;
  private readonly library: Libdw | null;
  private dwfl = 0n;
  private readonly cache = new Map<bigint, CodePlace>();
  private readonly out = new NativeBuffer(64);
  private vmas: MapsVma[] = [];

  constructor(pid: number) {
    this.pid = pid;
    this.library = libdw();
    this.refresh();
  }

  /** Why functions are not named; null where they are. */
  get limitation(): string | null {
    return this.library === null
      ? 'libdw is not installed, so functions are not named (Debian and Ubuntu: apt install libdw1).'
      : null;
  }

  /** The place of the instruction that contains the byte at `address`. */
  place(address: bigint): CodePlace {
    const known = this.cache.get(address);
    if (known) return known;
    if (this.cache.size > MAX_CACHED) this.cache.clear();
    let found = this.find(address);
    if (found.module === null) {
      // Loaded since, perhaps.
      this.refresh();
      found = this.find(address);
    }
    this.cache.set(address, found);
    return found;
  }

  close(): void {
    if (this.dwfl !== 0n) this.library?.end(this.dwfl);
    this.dwfl = 0n;
  }

  /** Reads the list of loaded files anew. */
  private refresh(): void {
    this.vmas = readMaps(this.pid);
    const { library } = this;
    if (library === null) return;
    this.close();
    this.dwfl = BigInt(library.begin(library.callbacks.address) ?? 0);
    if (this.dwfl === 0n) return;
    library.report(this.dwfl, this.pid);
    library.reportEnd(this.dwfl, 0, 0);
  }

  private find(address: bigint): CodePlace {
    return (this.library && this.byLibdw(this.library, address)) ?? this.byMaps(address);
  }

  private byLibdw(library: Libdw, address: bigint): CodePlace | null {
    const module = this.dwfl === 0n ? 0n : BigInt(library.addrModule(this.dwfl, address) ?? 0);
    if (module === 0n) return null;
    const { u64, i32, address: out } = this.out;
    // Reads the file's symbols, from which on its bias is known.
    const name = library.addrInfo(module, address, out, out + 8n, 0, 0, 0);
    u64[0] = 0n;
    u64[1] = NO_BIAS;
    const path = library.moduleInfo(module, 0, out, 0, 0, out + 8n, 0, 0);
    const offset = address - (u64[1] === NO_BIAS ? u64[0] : u64[1]);
    const line = BigInt(library.source(module, address) ?? 0);
    const file = line === 0n ? null : library.lineInfo(line, 0, out, 0, 0, 0);
    return {
      function: typeof name === 'string' ? demangled(library, name) : null,
      module: typeof path === 'string' ? path : null,
      offset,
      file: typeof file === 'string' ? file : null,
      line: typeof file === 'string' ? i32[0] : null,
    };
  }

  private byMaps(address: bigint): CodePlace {
    const page = Number(address / BigInt(PAGE_SIZE));
    const vma = this.vmas.find(({ start, end }) => start <= page && page < end);
    const none = { function: null, file: null, line: null };
    if (!vma?.name.startsWith('/')) return { ...none, module: null, offset: address };
    const first = this.vmas.find(({ name }) => name === vma.name) ?? vma;
    return { ...none, module: vma.name, offset: address - BigInt((first.start - first.pgoff) * PAGE_SIZE) };
  }
}

/** C++ by the Itanium ABI, and Rust's older names, which are these with a hash at the end. */
function demangled({ demangle }: Libdw, name: string): string {
  if (demangle === null || !name.startsWith('_Z')) return name;
  const result = demangle(name, 0, 0, 0);
  return typeof result === 'string' ? result.replace(/::h[0-9a-f]{16}$/, '') : name;
}

function readMaps(pid: number): MapsVma[] {
  const vmas: MapsVma[] = [];
  try {
    forEachMapsLine(readFileSync(`/proc/${pid}/maps`, 'latin1'), (line) => vmas.push(parseMapsLine(line)));
  } catch {
    // The program has ended; what is known stays known.
  }
  return vmas;
}
