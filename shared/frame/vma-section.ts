/** VMAs of a frame in columns, with one table for their strings (names repeat: each is in it once). */
import { TRACKINGS, VMA_KINDS, type Vma } from '../memory/vma.ts';

/** Bytes of one VMA in its columns, without strings. */
export const VMA_BYTES = 3 * 8 + 4 * 4;
/** String number of a reason that is absent. */
const ABSENT = 0xffffffff;
/** Bits 0 … 4 are these, bits 5 … 7 the number of `tracking` (0: absent), the kind's number follows from bit 8. */
const BITS = ['read', 'write', 'exec', 'softDirty', 'tracked'] as const;
const TRACKING_SHIFT = 5;
const TRACKING_MASK = 7;
const KIND_SHIFT = 8;
const KNOWN_BITS = 0xffff;
/** String.fromCharCode takes its units as arguments, whose number is limited. */
const UNITS_AT_ONCE = 8192;

export interface VmaColumns {
  readonly count: number;
  /** Page numbers. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly pgoff: Float64Array;
  readonly bits: Uint32Array;
  /** Numbers of strings. */
  readonly name: Uint32Array;
  readonly flags: Uint32Array;
  /** `untracked` of a VMA that is not tracked, `reason` of one that is. */
  readonly why: Uint32Array;
  /** Code units of each string; the strings follow each other in `units`. */
  readonly lengths: Uint32Array;
  readonly units: Uint16Array;
}

export function packVmas(vmas: readonly Vma[]): VmaColumns {
  const count = vmas.length;
  const columns = {
    start: new Float64Array(count),
    end: new Float64Array(count),
    pgoff: new Float64Array(count),
    bits: new Uint32Array(count),
    name: new Uint32Array(count),
    flags: new Uint32Array(count),
    why: new Uint32Array(count),
  };
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, numbers.size);
    return numbers.size - 1;
  };
  vmas.forEach((vma, i) => {
    columns.start[i] = vma.start;
    columns.end[i] = vma.end;
    columns.pgoff[i] = vma.pgoff;
    let bits = VMA_KINDS.indexOf(vma.kind) << KIND_SHIFT;
    BITS.forEach((name, bit) => (bits |= vma[name] ? 1 << bit : 0));
    if (vma.tracking !== undefined) bits |= TRACKINGS.indexOf(vma.tracking) << TRACKING_SHIFT;
    columns.bits[i] = bits;
    columns.name[i] = numberOf(vma.name);
    columns.flags[i] = numberOf(vma.flags);
    const why = vma.tracked ? vma.reason : vma.untracked;
    columns.why[i] = why === undefined ? ABSENT : numberOf(why);
  });
  const strings = [...numbers.keys()];
  const lengths = Uint32Array.from(strings, (text) => text.length);
  const units = new Uint16Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const text of strings) {
    for (let i = 0; i < text.length; i++) units[at++] = text.charCodeAt(i);
  }
  return { count, ...columns, lengths, units };
}

/** The VMAs, or in words what is wrong with them: they must be whole, ascend and not overlap. */
export function unpackVmas(columns: VmaColumns): Vma[] | string {
  const strings = unpackStrings(columns.lengths, columns.units);
  if (typeof strings === 'string') return strings;
  const result: Vma[] = [];
  let floor = 0;
  for (let i = 0; i < columns.count; i++) {
    const start = columns.start[i];
    const end = columns.end[i];
    const pgoff = columns.pgoff[i];
    const bits = columns.bits[i];
    const kind = VMA_KINDS[bits >>> KIND_SHIFT];
    const tracking = TRACKINGS[(bits >>> TRACKING_SHIFT) & TRACKING_MASK];
    const name = strings[columns.name[i]];
    const flags = strings[columns.flags[i]];
    const whyAt = columns.why[i];
    const why = whyAt === ABSENT ? undefined : strings[whyAt];
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < floor || end <= start) {
      return `VMA ${i} is pages ${start} to ${end} after page ${floor}`;
    }
    if (!Number.isSafeInteger(pgoff) || pgoff < 0) return `VMA ${i} has offset ${pgoff}`;
    if (kind === undefined || (bits & ~KNOWN_BITS) !== 0) return `VMA ${i} has bits ${bits}`;
    if (tracking === undefined || tracking === 'untracked') return `VMA ${i} has bits ${bits}`;
    if (name === undefined || flags === undefined || (whyAt !== ABSENT && why === undefined)) {
      return `VMA ${i} names a string that does not exist`;
    }
    floor = end;
    const on = (bit: number): boolean => (bits & (1 << bit)) !== 0;
    const vma = {
      start,
      end,
      read: on(0),
      write: on(1),
      exec: on(2),
      kind,
      name,
      pgoff,
      softDirty: on(3),
      flags,
      tracked: on(4),
    };
    result.push({
      ...vma,
      ...(why === undefined ? {} : vma.tracked ? { reason: why } : { untracked: why }),
      ...(tracking === 'exact' ? {} : { tracking }),
    });
  }
  return result;
}

function unpackStrings(lengths: Uint32Array, units: Uint16Array): string[] | string {
  const result: string[] = [];
  let at = 0;
  for (const length of lengths) {
    if (length > units.length - at) return `a string of ${length} units where ${units.length - at} are left`;
    let text = '';
    for (const end = at + length; at < end;) {
      const stop = Math.min(end, at + UNITS_AT_ONCE);
      text += String.fromCharCode(...units.subarray(at, stop));
      at = stop;
    }
    result.push(text);
  }
  return at === units.length ? result : `${units.length - at} units belong to no string`;
}
