import { isLosslessNumber, LosslessNumber, parse } from 'lossless-json';
import { InspectorError } from '#shared/contract/errors.ts';

/**
 * Reads JSON so that it can be written again unchanged: whole numbers beyond 2^53 come out as `bigint`, other numbers
 * that a double would change as LosslessNumber. Throws an InspectorError with the position if the text is not JSON.
 */
export function readJson(text: string): unknown {
  try {
    return parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, null, exactNumber);
  } catch (cause) {
    const message = cause instanceof RangeError ? 'nested too deeply' : (cause as Error).message;
    throw new InspectorError('bad-request', `not JSON: ${message}`, 'Correct the file and try again.', {
      cause,
    });
  }
}

/** A number of more digits is not an address, length or count: it is kept as text, which saves an expensive conversion. */
const MAX_DIGITS = 40;

function exactNumber(text: string): number | bigint | LosslessNumber {
  const value = Number(text);
  if (String(value) === text) return value;
  if (/^-?[1-9]\d*$/.test(text) && text.length <= MAX_DIGITS) return BigInt(text);
  return new LosslessNumber(text);
}

/** One line of JSON, with the blanks after `,` and `:` that the recorded traces have. */
export function formatJson(value: unknown): string {
  if (typeof value === 'bigint' || isLosslessNumber(value)) return value.toString();
  if (Array.isArray(value)) {
    // Long lists of numbers are the bulk of a trace.
    return `[${value.map(formatJson).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([key, member]) => `${JSON.stringify(key)}: ${formatJson(member)}`,
    );
    return `{${members.join(', ')}}`;
  }
  return JSON.stringify(value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** Deep equality of JSON values, regardless of the order of fields and the representation of numbers. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (isRecord(a)) {
    if (!isRecord(b)) return false;
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
    );
  }
  return isNumeric(a) && isNumeric(b) && Number(a) === Number(b) && exactText(a) === exactText(b);
}

const isNumeric = (value: unknown): value is number | bigint | LosslessNumber =>
  typeof value === 'number' || typeof value === 'bigint' || isLosslessNumber(value);

/** The digits of a whole number, so that 2^63 and 2^63 - 1 differ; other numbers are compared as doubles. */
function exactText(value: number | bigint | LosslessNumber): string {
  if (typeof value === 'bigint') return value.toString();
  const double = Number(value);
  return Number.isInteger(double) && Math.abs(double) < 2 ** 100 ? BigInt(double).toString() : String(double);
}
