import {
  addressOfPage,
  formatAddress,
  formatPage,
  PAGE_SHIFT,
  pageOfAddress,
  parseBytes,
} from '#shared/memory/page.ts';
import { findVma, firstEndingAfter, type Vma } from '#shared/memory/vma.ts';

/** The target of a jump: a mapped page, or why there is none and the mapped page nearest to it. */
export type JumpTarget =
  | {
      readonly ok: true;
      readonly page: number;
      readonly address: bigint;
      /** Only a part of a mapping's name was typed. */
      readonly partial: boolean;
    }
  | { readonly ok: false; readonly message: string; readonly nearest: number | null };

/**
 * Reads an address (`0x7f0012340000`, `7f0012340000`), a mapping's name (`[heap]`, `libc.so.6`, a path), or a name and
 * an offset from its first mapping (`libc.so.6+0x1000`, `[heap]+64K`).
 */
export function resolvePlace(text: string, vmas: readonly Vma[]): JumpTarget {
  const wanted = text.trim();
  if (wanted === '') return no('Type an address, a mapping’s name, or a name + offset.');
  const named = byName(wanted, vmas);
  if (named) return placeAt(addressOfPage(named.vma.start), vmas, named.partial);
  const { name, offset } = splitOffset(wanted);
  const base = name === wanted ? null : byName(name, vmas);
  if (base && offset === null)
    return no(`“${wanted.slice(name.length + 1).trim()}” is not an offset such as 0x1000, 4096 or 64K.`);
  if (base) return placeAt(addressOfPage(base.vma.start) + (offset ?? 0n), vmas, base.partial);
  const digits = wanted.replaceAll('_', '').replace(/^0x/i, '');
  if (/^[0-9a-f]{1,16}$/i.test(digits)) return placeAt(BigInt(`0x${digits}`), vmas);
  return no(`No mapping has a name with “${wanted}”, and it is not an address such as 0x7f0012340000.`);
}

/** `name+offset` split; the offset is 0 if missing, null if invalid. */
export function splitOffset(text: string): { readonly name: string; readonly offset: bigint | null } {
  const plus = text.lastIndexOf('+');
  if (plus <= 0) return { name: text.trim(), offset: 0n };
  return { name: text.slice(0, plus).trim(), offset: parseBytes(text.slice(plus + 1)) };
}

const no = (message: string): JumpTarget => ({ ok: false, message, nearest: null });

/** In an address that the processor accepts, bits 63 to 47 are equal; with five levels of tables, bits 63 to 56. */
function isCanonical(address: bigint, vmas: readonly Vma[]): boolean {
  const isFiveLevel = vmas.some(({ end }) => end > 2 ** (47 - PAGE_SHIFT) && end <= 2 ** (56 - PAGE_SHIFT));
  const half = 1n << (isFiveLevel ? 56n : 47n);
  return address < half || address >= 2n ** 64n - half;
}

/** The target at `address`. */
export function placeAt(address: bigint, vmas: readonly Vma[], partial = false): JumpTarget {
  if (!isCanonical(address, vmas)) return no(`${formatAddress(address)} is a non-canonical address.`);
  const page = pageOfAddress(address);
  if (findVma(vmas, page) >= 0) return { ok: true, page, address, partial };
  const nearest = nearestMapped(vmas, page);
  const offer = nearest === null ? '' : ` The nearest mapped page is ${formatPage(nearest)}.`;
  return { ok: false, message: `Nothing is mapped at ${formatAddress(address)}.${offer}`, nearest };
}

/** The mapped page nearest to `page`; null if nothing is mapped. */
export function nearestMapped(vmas: readonly Vma[], page: number): number | null {
  const index = firstEndingAfter(vmas, page);
  const after = vmas[index];
  const before = vmas[index - 1];
  if (after && after.start <= page) return page;
  if (!after || !before) return after?.start ?? (before ? before.end - 1 : null);
  return after.start - page < page - (before.end - 1) ? after.start : before.end - 1;
}

/** The first VMA of that name: as a whole, else its file's name, else a part of it. */
function byName(name: string, vmas: readonly Vma[]): { readonly vma: Vma; readonly partial: boolean } | null {
  if (name === '') return null;
  const fold = name.toLowerCase();
  const file = (vma: Vma): string => vma.name.slice(vma.name.lastIndexOf('/') + 1);
  // A text that can be an address is one, unless a mapping has exactly that name.
  const exact = vmas.find((vma) => vma.name === name) ?? vmas.find((vma) => file(vma) === name);
  if (exact) return { vma: exact, partial: false };
  if (/^(0x)?[0-9a-f_]+$/i.test(name)) return null;
  const part = vmas.find((vma) => vma.name.toLowerCase().includes(fold));
  return part ? { vma: part, partial: true } : null;
}

/** All names, each once, in order of address. */
export function placeNames(vmas: readonly Vma[]): string[] {
  const names = vmas.map((vma) =>
    vma.name.startsWith('/') ? vma.name.slice(vma.name.lastIndexOf('/') + 1) : vma.name,
  );
  return [...new Set(names.filter((name) => name !== ''))];
}
