import { addressOfPage, formatAddress, pageOfAddress, PAGE_SIZE } from '../memory/page.ts';
import type { PageRange } from '../memory/range.ts';
import type { Vma } from '../memory/vma.ts';
import type { ProgramIdentity, RangePlace } from './named-range.ts';

/** What is used of a mapping. */
export type RangeVma = Pick<Vma, 'start' | 'end' | 'name' | 'kind' | 'exec' | 'pgoff'>;

/** Bytes of memory. */
export interface ByteRange {
  /** Address of the first byte. */
  readonly start: bigint;
  readonly length: bigint;
}

/** Where a range is in a program now, or why it is not there. */
export type Location =
  | { readonly ok: true; readonly start: bigint }
  | { readonly ok: false; readonly reason: string };

/** How to name the memory at `start` so that it is found again in another run of the program, as far as that is possible. */
export function placeAt(start: bigint, vmas: readonly RangeVma[], identity: ProgramIdentity): RangePlace {
  const page = pageOfAddress(start);
  const index = vmas.findIndex((vma) => vma.start <= page && page < vma.end);
  const path = index < 0 ? null : fileOf(vmas, index);
  const vma = vmas[index];
  if (path === null || vma === undefined)
    return { kind: 'address', program: identity.program, start: formatAddress(start) };
  if (isImage(path, vmas, identity)) {
    const offset = formatAddress(start - imageBase(path, vmas));
    return { kind: 'image', path, buildId: identity.buildIds.get(path) ?? null, offset };
  }
  const offset = start - addressOfPage(vma.start) + addressOfPage(vma.pgoff);
  return { kind: 'file', path, offset: formatAddress(offset) };
}

/** Where `place` is among `vmas` now. */
export function locate(place: RangePlace, vmas: readonly RangeVma[], identity: ProgramIdentity): Location {
  switch (place.kind) {
    case 'address':
      if (place.program !== identity.program) return no('It belongs to another program.');
      return mappedAt(BigInt(place.start), vmas);
    case 'file': {
      const offset = BigInt(place.offset);
      const page = pageOfAddress(offset);
      const vma = vmas.find(
        ({ name, start, end, pgoff }) => name === place.path && pgoff <= page && page < pgoff + (end - start),
      );
      if (vma === undefined) return no(`This part of ${place.path} is not mapped.`);
      return { ok: true, start: addressOfPage(vma.start) - addressOfPage(vma.pgoff) + offset };
    }
    case 'image': {
      const found = imagePath(place, vmas, identity);
      return found.ok ? mappedAt(imageBase(found.path, vmas) + BigInt(place.offset), vmas) : found;
    }
  }
}

/** The pages that have a byte of the range. */
export function pagesOf({ start, length }: ByteRange): PageRange {
  return { start: pageOfAddress(start), end: pageOfAddress(start + length + BigInt(PAGE_SIZE - 1)) };
}

/** The file of a mapping; of memory without a name right after those of a file, which is its .bss, that file; null: none. */
function fileOf(vmas: readonly RangeVma[], index: number): string | null {
  const vma = vmas[index];
  if (vma === undefined) return null;
  if (vma.kind.startsWith('file')) return vma.name === '' ? null : vma.name;
  const isUnnamed = vma.kind === 'anon-private' && (vma.name === '' || vma.name === '[anon:.bss]');
  const before = vmas[index - 1];
  if (!isUnnamed || before?.end !== vma.start || before.kind !== 'file-private') return null;
  return vmas.some(({ name, exec }) => exec && name === before.name) ? before.name : null;
}

const isImage = (path: string, vmas: readonly RangeVma[], { buildIds }: ProgramIdentity): boolean =>
  typeof buildIds.get(path) === 'string' || vmas.some(({ name, exec }) => exec && name === path);

function imageBase(path: string, vmas: readonly RangeVma[]): bigint {
  const first = vmas.find(({ name }) => name === path);
  return first === undefined ? 0n : addressOfPage(first.start) - addressOfPage(first.pgoff);
}

/** The path under which the file of `place` is mapped: the same build, wherever it is; of an unknown build the same path. */
function imagePath(
  { path, buildId }: Extract<RangePlace, { kind: 'image' }>,
  vmas: readonly RangeVma[],
  { buildIds }: ProgramIdentity,
): { readonly ok: true; readonly path: string } | { readonly ok: false; readonly reason: string } {
  const isMapped = (name: string): boolean => vmas.some((vma) => vma.name === name);
  const present = buildIds.get(path);
  if (isMapped(path) && (present === undefined || present === buildId)) return { ok: true, path };
  if (buildId !== null)
    for (const [other, id] of buildIds)
      if (id === buildId && isMapped(other)) return { ok: true, path: other };
  return no(isMapped(path) ? `It belongs to another build of ${path}.` : `${path} is not loaded.`);
}

function mappedAt(start: bigint, vmas: readonly RangeVma[]): Location {
  const page = pageOfAddress(start);
  const isMapped = vmas.some((vma) => vma.start <= page && page < vma.end);
  return isMapped ? { ok: true, start } : no(`Nothing is mapped at ${formatAddress(start)}.`);
}

const no = (reason: string) => ({ ok: false as const, reason });
