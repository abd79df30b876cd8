/** Bit operations on planes: 16 consecutive words of a Uint32Array starting at `at`, bit 0 of word 0 = first page. */
import { WORDS_PER_TILE } from './page.ts';

/** Number of ones in a 32-bit word. */
export function popcount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Sets bits `from` … `to` - 1 (0 ≤ from ≤ to ≤ 512) of the plane at `at`. */
export function setBits(words: Uint32Array, at: number, from: number, to: number): void {
  if (from >= to) return;
  const first = from >>> 5;
  const last = (to - 1) >>> 5;
  const head = (-1 << (from & 31)) >>> 0;
  const tail = -1 >>> (31 - ((to - 1) & 31));
  if (first === last) {
    words[at + first] |= head & tail;
    return;
  }
  words[at + first] |= head;
  for (let i = first + 1; i < last; i++) words[at + i] = 0xffffffff;
  words[at + last] |= tail;
}

/** Number of ones in the plane at `at`. */
export function countBits(words: Uint32Array, at: number): number {
  let total = 0;
  for (let i = at; i < at + WORDS_PER_TILE; i++) total += words[i] === 0 ? 0 : popcount(words[i]);
  return total;
}

/** Whether the page at `index` (0 … 511) of the plane at `at` is set. */
export function testBit(words: Uint32Array, at: number, index: number): boolean {
  return ((words[at + (index >>> 5)] >>> (index & 31)) & 1) === 1;
}

/** Calls `visit(from, to)` for every run of ones in the plane at `at`, ascending; positions 0 … 512. */
export function forEachRun(words: Uint32Array, at: number, visit: (from: number, to: number) => void): void {
  let open = -1;
  for (let i = 0; i < WORDS_PER_TILE; i++) {
    const word = words[at + i];
    if (word === 0) {
      if (open >= 0) visit(open, i * 32);
      open = -1;
      continue;
    }
    if (word === 0xffffffff) {
      if (open < 0) open = i * 32;
      continue;
    }
    for (let bit = 0; bit < 32;) {
      const rest = word >>> bit;
      if (open < 0) {
        if (rest === 0) break;
        bit += 31 - Math.clz32(rest & -rest);
        open = i * 32 + bit;
      } else {
        const zeros = ~rest >>> 0;
        const skip = 31 - Math.clz32(zeros & -zeros);
        bit += skip;
        if (bit >= 32) break;
        visit(open, i * 32 + bit);
        open = -1;
      }
    }
  }
  if (open >= 0) visit(open, WORDS_PER_TILE * 32);
}
