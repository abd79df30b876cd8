/**
 * Named ranges as files. CSV: a head line, then `name,start,length` in bytes, hexadecimal with 0x or decimal; what follows is
 * optional and finds the range again where the file is loaded elsewhere: `file,build_id,offset`, or `file,,offset`. JSON: an array of objects
 * with the same names.
 */
import { z } from 'zod';
import { formatAddress, parseBytes } from '../memory/page.ts';
import {
  buildIdSchema,
  MAX_RANGE_NAME,
  type NamedRange,
  rangeNameSchema,
  type RangePlace,
} from './named-range.ts';
import { csvField, parseCsv } from '../csv.ts';

/** Largest file that is read. */
export const MAX_EXCHANGE_BYTES = 4 * 2 ** 20;

/** A range of a file. */
export interface ExchangedRange {
  readonly name: string;
  /** Address where it was last seen; null: it has only a place in a file. */
  readonly start: bigint | null;
  readonly length: bigint;
  /** In a file, if that is known. */
  readonly place: Exclude<RangePlace, { kind: 'address' }> | null;
}

/** A row that is not a range. */
export interface BadRow {
  /** Line of the file, or number of the object, from 1. */
  readonly row: number;
  readonly text: string;
  readonly problem: string;
}

export interface ParsedRanges {
  readonly ranges: readonly ExchangedRange[];
  readonly bad: readonly BadRow[];
}

const COLUMNS = ['name', 'start', 'length', 'file', 'build_id', 'offset', 'kind'] as const;
type Fields = Partial<Record<(typeof COLUMNS)[number], string>>;

/** Reads either format, by its first character. All good rows are returned, and each bad one with the reason. */
export function parseRanges(text: string): ParsedRanges {
  const plain = text.replace(/^\uFEFF/, '');
  return /^\s*[[{]/.test(plain) ? parseJson(plain) : parseTable(plain);
}

export interface LocatedRange {
  readonly range: NamedRange;
  /** Null: it is not in the open program. */
  readonly start: bigint | null;
}

export function formatCsv(ranges: readonly LocatedRange[]): string {
  const lines = ranges.map((one) => {
    const fields = fieldsOf(one);
    return COLUMNS.map((column) => csvField(fields[column] ?? '')).join(',');
  });
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

export function formatJson(ranges: readonly LocatedRange[]): string {
  return `${JSON.stringify(ranges.map(fieldsOf), null, 2)}\n`;
}

function fieldsOf({ range: { name, place, length }, start }: LocatedRange): Fields {
  const address = place.kind === 'address' ? place.start : start === null ? '' : formatAddress(start);
  const fields = { name, start: address, length };
  if (place.kind === 'address') return fields;
  const file = { ...fields, file: place.path, offset: place.offset, kind: place.kind };
  return place.kind === 'image' ? { ...file, build_id: place.buildId ?? '' } : file;
}

function parseTable(text: string): ParsedRanges {
  const ranges: ExchangedRange[] = [];
  const bad: BadRow[] = [];
  let columns: readonly string[] = COLUMNS;
  for (const [i, { row, fields, source, problem }] of parseCsv(text).entries()) {
    if (i === 0 && isHead(fields)) {
      columns = fields.map((field) => field.trim().toLowerCase());
      continue;
    }
    const named = Object.fromEntries(columns.map((column, at) => [column, fields[at]?.trim()])) as Fields;
    const read =
      problem ??
      (fields.length > columns.length
        ? `It has ${fields.length} fields instead of ${columns.length}.`
        : rangeOf(named));
    if (typeof read === 'string') bad.push({ row, text: source, problem: read });
    else ranges.push(read);
  }
  return { ranges, bad };
}

const isHead = (fields: readonly string[]): boolean => {
  const names = fields.map((field) => field.trim().toLowerCase());
  return names.includes('name') && names.includes('start') && names.includes('length');
};

const objectSchema = z.record(z.string(), z.unknown());

function parseJson(text: string): ParsedRanges {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const problem = `The file is not JSON: ${cause instanceof Error ? cause.message : String(cause)}.`;
    return { ranges: [], bad: [{ row: 1, text: text.slice(0, 200), problem }] };
  }
  const ranges: ExchangedRange[] = [];
  const bad: BadRow[] = [];
  for (const [i, one] of (Array.isArray(value) ? (value as unknown[]) : [value]).entries()) {
    const object = objectSchema.safeParse(one);
    const read = object.success ? rangeOf(textFields(object.data)) : 'It is not an object.';
    if (typeof read === 'string')
      bad.push({ row: i + 1, text: JSON.stringify(one).slice(0, 1000), problem: read });
    else ranges.push(read);
  }
  return { ranges, bad };
}

/** Numbers are accepted if they are exact. */
function textFields(object: Readonly<Record<string, unknown>>): Fields {
  const fields: Fields = {};
  for (const column of COLUMNS) {
    const value = object[column];
    if (typeof value === 'string') fields[column] = value;
    else if (Number.isSafeInteger(value)) fields[column] = String(value);
    else if (value !== undefined && value !== null) fields[column] = JSON.stringify(value);
  }
  return fields;
}

/** @returns why it is invalid, as a sentence */
function rangeOf(fields: Fields): ExchangedRange | string {
  const {
    name = '',
    start = '',
    length = '',
    file = '',
    build_id: buildId = '',
    offset = '',
    kind = '',
  } = fields;
  if (name.trim() === '') return 'The name is missing.';
  const named = rangeNameSchema.safeParse(name.trim());
  if (!named.success) return `The name must be one line of at most ${MAX_RANGE_NAME} characters.`;
  const bytes = parseBytes(length);
  if (bytes === null)
    return length === ''
      ? 'The length is missing.'
      : `The length “${length}” is not a number of bytes such as 0x1000, 4096 or 64K.`;
  if (bytes === 0n) return 'The length is 0.';
  const address = start === '' ? null : parseBytes(start);
  if (start !== '' && address === null)
    return `The start “${start}” is not an address such as 0x7f0012340000.`;
  if (address !== null && address + bytes > 2n ** 64n) return 'It ends above the highest 64-bit address.';
  const place = filePlace(file, buildId, offset, kind);
  if (typeof place === 'string') return place;
  if (place !== null && BigInt(place.offset) + bytes > 2n ** 64n)
    return 'It ends above the highest 64-bit address.';
  if (address === null && place === null) return 'The start is missing.';
  return { name: named.data, start: address, length: bytes, place };
}

function filePlace(path: string, id: string, offset: string, kind: string): ExchangedRange['place'] | string {
  if (path === '' && id === '' && offset === '') return null;
  if (path === '' || path.length > 4096) return 'The file is missing, or its path is too long.';
  const at = parseBytes(offset);
  if (at === null || at >= 2n ** 64n) return `The offset “${offset}” is not a number of bytes.`;
  if (kind !== '' && kind !== 'image' && kind !== 'file')
    return `The kind “${kind}” is neither image nor file.`;
  if (kind === 'file') return { kind, path, offset: formatAddress(at) };
  const buildId = id === '' ? null : buildIdSchema.safeParse(id.toLowerCase()).data;
  if (buildId === undefined) return `The build id “${id}” is not hexadecimal.`;
  return { kind: 'image', path, buildId, offset: formatAddress(at) };
}
