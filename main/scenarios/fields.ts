import { isLosslessNumber } from 'lossless-json';
import { z } from 'zod';
import { PAGE_CATEGORIES, type PageCategory } from '#shared/memory/uapi.ts';
import { shown } from '#shared/shown.ts';

/** Schemas of single values in a scenario file: whole numbers as JSON numbers or as hex strings, exact to 64 bits. */

const HEX = /^-?0x[0-9a-f]{1,16}$/i;

/** A JSON value as a whole number, or null. */
function wholeNumber(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') {
    if (!HEX.test(value)) return null;
    return value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
  }
  const number = isLosslessNumber(value) ? Number(value.toString()) : value;
  return typeof number === 'number' && Number.isInteger(number) ? BigInt(number) : null;
}

/** A whole number from `min` to `max`, as bigint. */
function whole(min: bigint, max: bigint): z.ZodType<bigint> {
  return z.unknown().transform((value, context) => {
    const number = wholeNumber(value);
    if (number !== null && number >= min && number <= max) return number;
    context.addIssue(
      number === null
        ? `expected a whole number or a hex string like "0x1000", got ${shown(value)}`
        : `must be between ${bound(min)} and ${bound(max)}, got ${shown(value)}`,
    );
    return z.NEVER;
  });
}

const U64_MAX = 2n ** 64n - 1n;

/** A byte address. */
export const address = whole(0n, U64_MAX);
/** A length in bytes, as size_t. */
export const length = whole(0n, U64_MAX);
/** A length that may be negative (the ioctl's `int len`). */
export const signedLength = whole(-(2n ** 63n), U64_MAX);
export const bits = whole(0n, U64_MAX);

/** A whole number that fits a double exactly. */
export function integer(min: number, max: number): z.ZodType<number> {
  return whole(BigInt(min), BigInt(max)).transform(Number);
}
/** Values that a C caller may pass as an `int`, valid or not. */
export const int = integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

/** A sum of PAGE_IS_* bits, or a list of their names. */
export const categories: z.ZodType<bigint> = z.unknown().transform((value, context) => {
  if (!Array.isArray(value)) {
    const parsed = bits.safeParse(value);
    if (parsed.success) return parsed.data;
    context.addIssue(
      `expected a sum of bits or a list of ${PAGE_CATEGORIES.join(', ')}; got ${shown(value)}`,
    );
    return z.NEVER;
  }
  let sum = 0n;
  for (const name of value as unknown[]) {
    const bit = PAGE_CATEGORIES.indexOf(name as PageCategory);
    if (bit < 0) {
      context.addIssue(`unknown category ${shown(name)}; available: ${PAGE_CATEGORIES.join(', ')}`);
      return z.NEVER;
    }
    sum |= 1n << BigInt(bit);
  }
  return sum;
});

/** One of the words in `values`. */
export function word<const T extends readonly string[]>(values: T): z.ZodType<T[number]> {
  return z.enum(values, {
    error: (issue) => `expected one of ${values.join(', ')}; got ${shown(issue.input)}`,
  });
}

const bound = (value: bigint): string =>
  value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
