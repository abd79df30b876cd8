import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** ELF64 and its program headers (elf.h). */
const PT_NOTE = 4;
const NT_GNU_BUILD_ID = 3;
const ELF64_LITTLE = '7f454c460201';
const HEADER_BYTES = 64;
const MAX_PROGRAM_HEADERS = 256;
const MAX_NOTE_BYTES = 64 * 1024;

/** The build id of an ELF file, hexadecimal; null if it has none, is not a regular file or cannot be read. */
export function readBuildId(path: string): string | null {
  let file: number;
  try {
    // Opening anything but a regular file can have side effects.
    if (!statSync(path).isFile()) return null;
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    return fstatSync(file).isFile() ? buildIdOf(file) : null;
  } catch {
    return null;
  } finally {
    closeSync(file);
  }
}

function buildIdOf(file: number): string | null {
  const header = bytesAt(file, 0, HEADER_BYTES);
  if (header.length < HEADER_BYTES || !header.toString('hex').startsWith(ELF64_LITTLE)) return null;
  const [at, size, count] = [header.readBigUInt64LE(32), header.readUInt16LE(54), header.readUInt16LE(56)];
  if (size < 56 || count > MAX_PROGRAM_HEADERS) return null;
  const headers = bytesAt(file, Number(at), size * count);
  for (let i = 0; (i + 1) * size <= headers.length; i++) {
    const one = headers.subarray(i * size);
    if (one.readUInt32LE(0) !== PT_NOTE) continue;
    const length = Math.min(Number(one.readBigUInt64LE(32)), MAX_NOTE_BYTES);
    const found = noteIn(
      bytesAt(file, Number(one.readBigUInt64LE(8)), length),
      Number(one.readBigUInt64LE(48)),
    );
    if (found !== null) return found;
  }
  return null;
}

/** Notes: sizes of name and descriptor, type, then both, aligned to 4 or 8 bytes. */
function noteIn(notes: Buffer, alignment: number): string | null {
  const aligned = (size: number): number => (alignment === 8 ? (size + 7) & ~7 : (size + 3) & ~3);
  for (let at = 0; at + 12 <= notes.length;) {
    const [nameBytes, bytes, type] = [0, 4, 8].map((offset) => notes.readUInt32LE(at + offset));
    if (nameBytes > notes.length || bytes > notes.length) return null;
    const start = at + aligned(12 + nameBytes);
    const isGnu = notes.toString('latin1', at + 12, at + 12 + nameBytes) === 'GNU\0';
    if (isGnu && type === NT_GNU_BUILD_ID && bytes >= 2 && bytes <= 64 && start + bytes <= notes.length)
      return notes.toString('hex', start, start + bytes);
    at = aligned(start + bytes);
  }
  return null;
}

function bytesAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}
