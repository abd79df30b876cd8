/**
 * Pages and addresses. Inside the program an address is a page number (`number`, exact far beyond 2^52);
 * 64-bit byte addresses exist only at the edges (parsing, formatting, system calls), as `bigint`.
 */

export const PAGE_SHIFT = 12;
/** Bytes in a page. */
export const PAGE_SIZE = 4096;
/** Pages in a tile: one page table of PTEs, what one PMD entry maps. */
export const PAGES_PER_TILE = 512;
export const TILE_SHIFT = 9;
/** Bytes in a tile: 2 MiB. */
export const TILE_BYTES = PAGE_SIZE * PAGES_PER_TILE;
/** 32-bit words in one plane of a tile. */
export const WORDS_PER_TILE = PAGES_PER_TILE / 32;

/** User address space limits in pages: 4-level (TASK_SIZE 0x7ffffffff000) and 5-level (LA57) page tables. */
export const USER_PAGES_4_LEVEL = 2 ** (47 - PAGE_SHIFT) - 1;
export const USER_PAGES_5_LEVEL = 2 ** (56 - PAGE_SHIFT) - 1;

/** The page that holds byte address `address`. */
export function pageOfAddress(address: bigint): number {
  return Number(address >> BigInt(PAGE_SHIFT));
}

/** The byte address at which `page` starts. */
export function addressOfPage(page: number): bigint {
  return BigInt(page) << BigInt(PAGE_SHIFT);
}

/** The tile that holds `page`. */
export function tileOfPage(page: number): number {
  return Math.floor(page / PAGES_PER_TILE);
}

/** Number of whole pages that `bytes` needs (rounded up, as the kernel's PAGE_ALIGN does). */
export function pagesOfBytes(bytes: bigint): number {
  return Number((bytes + BigInt(PAGE_SIZE - 1)) >> BigInt(PAGE_SHIFT));
}

/** `0x7f…`, lower case, without padding: the way addresses are written everywhere in the program. */
export function formatAddress(address: bigint): string {
  return `0x${address.toString(16)}`;
}

/** The address at which `page` starts, as text. */
export function formatPage(page: number): string {
  return formatAddress(addressOfPage(page));
}

/**
 * Reads a byte address or length: hexadecimal with `0x`, or decimal; `_` between digits is allowed, and one of the
 * binary suffixes K, M, G, T (with an optional `iB`), so that `64MiB` is a length. `null` if the text is neither.
 */
export function parseBytes(text: string): bigint | null {
  const match = /^\s*(0x[0-9a-f_]+|[0-9][0-9_]*)\s*(?:([kmgt])(?:ib)?|b)?\s*$/i.exec(text);
  if (!match?.[1]) return null;
  const digits = match[1].replaceAll('_', '');
  if (digits === '0x' || digits === '0X') return null;
  const shift = match[2] ? ('kmgt'.indexOf(match[2].toLowerCase()) + 1) * 10 : 0;
  return BigInt(digits) << BigInt(shift);
}
