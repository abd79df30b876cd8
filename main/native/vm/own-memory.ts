/**
 * The test's own memory: mapped with raw system calls, written with the plain stores of a C function, and read
 * through /proc/self. Addresses are page numbers, lengths are pages.
 */
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { PAGE_SIZE, addressOfPage, pageOfAddress } from '#shared/memory/page.ts';
import { forEachMapsLine, parseMapsLine, type MapsVma } from '../process/maps.ts';
import { call } from '../syscalls/call.ts';
import { MMAP, SYS } from '../syscalls/constants.ts';

const { PROT_READ, PROT_WRITE, PROT_EXEC, MAP_PRIVATE, MAP_SHARED, MAP_ANONYMOUS, MAP_FIXED } = MMAP;
export const READ = PROT_READ;
export const READ_WRITE = PROT_READ | PROT_WRITE;
export const READ_WRITE_EXEC = PROT_READ | PROT_WRITE | PROT_EXEC;

/** asm/unistd_64.h and linux/mman.h, as far as only these tests need them. */
const MPROTECT = 10;
const MREMAP_FIXED = 2;
export const MADV_POPULATE_READ = 22;
export const MADV_POPULATE_WRITE = 23;
export const { MADV_HUGEPAGE, MADV_DONTNEED } = MMAP;

const bytes = (pages: number): number => pages * PAGE_SIZE;

function mmap(at: number, pages: number, protection: number, flags: number, fd: number): number {
  const fixed = at === 0 ? 0 : MAP_FIXED;
  const address = call('mmap', SYS.mmap, addressOfPage(at), bytes(pages), protection, flags | fixed, fd, 0);
  return pageOfAddress(BigInt(address));
}

/** Private anonymous memory; at page `at` when it is given, replacing what is there. Returns its first page. */
export function mapAnonymous(pages: number, protection: number = READ_WRITE, at = 0): number {
  return mmap(at, pages, protection, MAP_PRIVATE | MAP_ANONYMOUS, 0);
}

/** A shared mapping of a separate, unlinked file. */
export function mapSharedFile(pages: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'own-memory-'));
  const fd = openSync(join(folder, 'file'), 'w+');
  try {
    ftruncateSync(fd, bytes(pages));
    return mmap(0, pages, READ_WRITE, MAP_SHARED, fd);
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

/** Private anonymous memory that begins at a multiple of `alignment` pages, and the room around it stays unmapped. */
export function mapAligned(pages: number, alignment: number): number {
  const room = mapAnonymous(pages + alignment, MMAP.PROT_NONE);
  unmap(room, pages + alignment);
  return mapAnonymous(pages, READ_WRITE, Math.ceil(room / alignment) * alignment);
}

export function unmap(page: number, pages: number): void {
  call('munmap', SYS.munmap, addressOfPage(page), bytes(pages));
}

export function protect(page: number, pages: number, protection: number): void {
  call('mprotect', MPROTECT, addressOfPage(page), bytes(pages), protection);
}

export function advise(page: number, pages: number, advice: number): void {
  call('madvise', SYS.madvise, addressOfPage(page), bytes(pages), advice);
}

/** mremap to exactly page `to`. */
export function move(page: number, pages: number, to: number): void {
  const flags = MMAP.MREMAP_MAYMOVE | MREMAP_FIXED;
  call('mremap', SYS.mremap, addressOfPage(page), bytes(pages), bytes(pages), flags, addressOfPage(to));
}

const memset = koffi.load(null).func('memset', 'uintptr_t', ['uintptr_t', 'int', 'size_t']);
let value = 0;

/** One byte stored to every page of the range, by user code; a different one each time. */
export function write(page: number, pages = 1): void {
  value = (value + 1) % 256;
  for (let at = page; at < page + pages; at++) memset(addressOfPage(at), value, 1);
}

const pagemap = openSync('/proc/self/pagemap', 'r');
const clearRefs = openSync('/proc/self/clear_refs', 'w');

/** Clears soft-dirty everywhere in this process: "4" to clear_refs. */
export function clearSoftDirty(): void {
  writeSync(clearRefs, '4');
}

/** pagemap entries, 64 bits each (Documentation/admin-guide/mm/pagemap.rst). */
export function entries(page: number, pages: number): BigUint64Array {
  const buffer = new BigUint64Array(pages);
  const read = readSync(pagemap, buffer, 0, buffer.byteLength, page * 8);
  if (read !== buffer.byteLength) throw new Error(`pagemap gave ${read} bytes of ${buffer.byteLength}`);
  return buffer;
}

/** How many pages of the range have bit 55. */
export function dirtyPages(page: number, pages = 1): number {
  return entries(page, pages).reduce((count, entry) => count + Number((entry >> 55n) & 1n), 0);
}

const files = { maps: openSync('/proc/self/maps', 'r'), smaps: openSync('/proc/self/smaps', 'r') };
const chunk = Buffer.alloc(PAGE_SIZE);

/**
 * What maps or smaps has about the VMAs that begin below page `end`. It is not read any further: for every VMA in smaps
 * the kernel walks its page tables, which takes 0.1 s for all of Node's under emulation.
 */
export function vmasText(file: keyof typeof files, end: number): string {
  let text = '';
  for (;;) {
    const read = readSync(files[file], chunk, 0, chunk.length, text.length);
    if (read === 0) return text;
    text += chunk.toString('latin1', 0, read);
    const after = [...text.matchAll(/^([0-9a-f]+)-/gm)].find(
      ([, start = '']) => Number.parseInt(start, 16) / PAGE_SIZE >= end,
    );
    if (after !== undefined) return text.slice(0, after.index);
  }
}

/** The VMAs that overlap the range. */
export function vmas(page: number, pages: number): MapsVma[] {
  const found: MapsVma[] = [];
  forEachMapsLine(vmasText('maps', page + pages), (line) => {
    const vma = parseMapsLine(line);
    if (vma.end > page) found.push(vma);
  });
  return found;
}

/** Anonymous huge pages in the VMA that begins at `page`, in KiB (AnonHugePages of smaps). */
export function hugeKilobytes(page: number): number {
  const smaps = vmasText('smaps', page + 1);
  const from = smaps.search(new RegExp(`^${addressOfPage(page).toString(16)}-`, 'm'));
  return Number(/^AnonHugePages:\s+(\d+) kB$/m.exec(smaps.slice(from))?.[1]);
}
