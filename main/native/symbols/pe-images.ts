import type { CodePlace } from '#shared/contract/writers.ts';
import { lowerBound } from '#shared/memory/lower-bound.ts';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import type { MapsVma } from '../process/maps.ts';
import { tryReadMemory } from '../syscalls/calls.ts';
import { NativeBuffer } from '../syscalls/native-buffer.ts';
import { readPart } from './file-part.ts';

/** Values and offsets from IMAGE_DOS_HEADER, IMAGE_NT_HEADERS64 and IMAGE_EXPORT_DIRECTORY (winnt.h). */
const DOS_MAGIC = 0x5a4d;
const NT_MAGIC = 0x4550;
const MACHINE_AMD64 = 0x8664;
const AT = {
  ntHeaders: 60,
  machine: 4,
  imageBase: 48,
  imageBytes: 80,
  exports: 136,
  exceptions: 160,
} as const;
const EXPORT = { bytes: 40, nameCount: 24, functions: 28, names: 32, ordinals: 36 } as const;
/** RUNTIME_FUNCTION: first byte, byte after the last, unwind information. */
const RUNTIME_FUNCTION_BYTES = 12;
const HEADER_BYTES = 1024;
/** A larger table is regarded as damaged. */
const MAX_TABLE_BYTES = 16 * 1024 * 1024;
const MAX_NAME = 4096;

/** A program or library of Windows that Wine has loaded. Its sections may be anonymous memory. */
export class PeImage {
  readonly start: bigint;
  readonly end: bigint;
  private readonly pid: number;
  private readonly path: string;
  private readonly header: DataView;
  private readonly preferredBase: bigint;
  private names: Map<number, string> | null = null;
  /** First bytes and ends of the functions, ascending: relative to the start. */
  private functions: DataView | null = null;

  /** Null if `vma`, the beginning of a file, is not an image for x86-64. */
  static of(pid: number, vma: MapsVma): PeImage | null {
    const header = readMemory(pid, BigInt(vma.start) * BigInt(PAGE_SIZE), HEADER_BYTES);
    const nt = header && ntHeaders(header);
    return header && nt ? new PeImage(pid, vma, nt) : null;
  }

  private constructor(pid: number, vma: MapsVma, header: DataView) {
    this.pid = pid;
    this.path = vma.name;
    this.header = header;
    this.start = BigInt(vma.start) * BigInt(PAGE_SIZE);
    this.end = this.start + BigInt(header.getUint32(AT.imageBytes, true));
    // In memory the loader overwrites ImageBase with the actual address.
    this.preferredBase = (headersOfFile(pid, vma.name) ?? header).getBigUint64(AT.imageBase, true);
  }

  /**
   * Named after the exported function that begins where the function at `address` does; other functions have no name.
   */
  place(address: bigint): CodePlace {
    const offset = Number(address - this.start);
    this.functions ??= this.table(AT.exceptions) ?? new DataView(new ArrayBuffer(0));
    const { functions } = this;
    const count = Math.floor(functions.byteLength / RUNTIME_FUNCTION_BYTES);
    const word = (i: number, at: number) => functions.getUint32(i * RUNTIME_FUNCTION_BYTES + at, true);
    const i = lowerBound(0, count, (k) => word(k, 4) > offset);
    const begin = i < count && word(i, 0) <= offset ? word(i, 0) : offset;
    this.names ??= this.exportedNames();
    return {
      function: this.names.get(begin) ?? null,
      module: this.path,
      offset: this.preferredBase + BigInt(offset),
      file: null,
      line: null,
    };
  }

  private exportedNames(): Map<number, string> {
    const found = new Map<number, string>();
    const directory = this.read(this.header.getUint32(AT.exports, true), EXPORT.bytes);
    const count = directory?.getUint32(EXPORT.nameCount, true) ?? 0;
    if (directory === null || count === 0) return found;
    const at = (field: number) => directory.getUint32(field, true);
    const names = this.read(at(EXPORT.names), count * 4);
    const ordinals = this.read(at(EXPORT.ordinals), count * 2);
    if (names === null || ordinals === null) return found;
    let highest = 0;
    for (let i = 0; i < count; i++) highest = Math.max(highest, ordinals.getUint16(i * 2, true));
    const functions = this.read(at(EXPORT.functions), (highest + 1) * 4);
    // The names are in the directory's own part of the file.
    const texts = this.table(AT.exports);
    if (functions === null || texts === null) return found;
    const first = this.header.getUint32(AT.exports, true);
    for (let i = 0; i < count; i++) {
      const name = textAt(texts, names.getUint32(i * 4, true) - first);
      const function_ = functions.getUint32(ordinals.getUint16(i * 2, true) * 4, true);
      if (name !== null && !found.has(function_)) found.set(function_, name);
    }
    return found;
  }

  /** What an entry (offset and length) of the header's data directory refers to. */
  private table(entry: number): DataView | null {
    return this.read(this.header.getUint32(entry, true), this.header.getUint32(entry + 4, true));
  }

  private read(offset: number, bytes: number): DataView | null {
    if (offset === 0 || bytes === 0 || bytes > MAX_TABLE_BYTES) return null;
    return readMemory(this.pid, this.start + BigInt(offset), bytes);
  }
}

function ntHeaders(bytes: DataView): DataView | null {
  if (bytes.byteLength < AT.ntHeaders + 4 || bytes.getUint16(0, true) !== DOS_MAGIC) return null;
  const at = bytes.getUint32(AT.ntHeaders, true);
  if (at + AT.exceptions + 8 > bytes.byteLength) return null;
  const headers = new DataView(bytes.buffer, bytes.byteOffset + at);
  const isImage =
    headers.getUint32(0, true) === NT_MAGIC && headers.getUint16(AT.machine, true) === MACHINE_AMD64;
  return isImage ? headers : null;
}

function headersOfFile(pid: number, path: string): DataView | null {
  try {
    const { buffer, byteOffset, length } = readPart(
      Buffer.from(`/proc/${pid}/root${path}`, 'latin1'),
      ...([0, HEADER_BYTES] as const),
    );
    return ntHeaders(new DataView(buffer, byteOffset, length));
  } catch {
    return null;
  }
}

function readMemory(pid: number, address: bigint, bytes: number): DataView | null {
  const buffer = new NativeBuffer(bytes);
  if (tryReadMemory(pid, buffer.address, Number(address), bytes) !== bytes) return null;
  return new DataView(buffer.bytes.buffer, 0, bytes);
}

function textAt(texts: DataView, at: number): string | null {
  if (at < 0 || at >= texts.byteLength) return null;
  const bytes = Buffer.from(texts.buffer, texts.byteOffset + at, Math.min(MAX_NAME, texts.byteLength - at));
  const end = bytes.indexOf(0);
  return end > 0 ? bytes.toString('utf8', 0, end) : null;
}
