const NEWLINE = 10;

/**
 * The common beginning and end of two texts of whole lines, in bytes and in lines; the two
 * parts overlap in neither. Most of a maps file is unchanged: only the rest needs to be parsed. Compares by memcmp.
 */
export function commonLines(
  before: Buffer,
  after: Buffer,
): { readonly prefix: number; readonly suffix: number } {
  const shorter = Math.min(before.length, after.length);
  const equal = (from: number, to: number, shift: number) =>
    before.compare(after, from + shift, to + shift, from, to) === 0;
  const commonStart = longest(shorter, (length) => equal(0, length, 0));
  const prefix = commonStart === 0 ? 0 : before.lastIndexOf(NEWLINE, commonStart - 1) + 1;
  const shift = after.length - before.length;
  const commonEnd = longest(shorter - prefix, (length) =>
    equal(before.length - length, before.length, shift),
  );
  const begin = before.length - commonEnd;
  const startsLine = (text: Buffer, at: number) => at === prefix || text[at - 1] === NEWLINE;
  if (startsLine(before, begin) && startsLine(after, begin + shift)) return { prefix, suffix: commonEnd };
  // The first whole line of the common part.
  const end = before.indexOf(NEWLINE, begin);
  return { prefix, suffix: end < 0 ? 0 : before.length - end - 1 };
}

/** The largest length up to `limit` for which `holds`, which holds for all smaller ones too. */
function longest(limit: number, holds: (length: number) => boolean): number {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
