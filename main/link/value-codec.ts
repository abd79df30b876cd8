/**
 * Values of the contract as bytes: JSON, in which bigints, numbers that JSON lacks and binary arrays are objects with the
 * single key `$`; the arrays' contents follow the JSON. FORMAT: u32 length of the JSON, the JSON, the contents.
 */
import { damagedStream } from './stream-errors.ts';

const ARRAYS = {
  ArrayBuffer,
  Uint8Array,
  Uint16Array,
  Uint32Array,
  Float64Array,
} as const;
type ArrayName = keyof typeof ARRAYS;
type BinaryArray = InstanceType<(typeof ARRAYS)[ArrayName]>;

/** A value that plain JSON has no form for; `plain` protects an object that looks like one of these. */
type Special =
  | ['bigint', string]
  | ['number', 'NaN' | 'Infinity' | '-Infinity']
  | ['array', ArrayName, number, number]
  | ['plain', object];

/** The longest JSON that is parsed, in bytes: parsed values take many times as much memory. */
export const MAX_JSON_BYTES = 8 * 2 ** 20;

const LENGTH_BYTES = 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** @returns the parts of the encoded value, in order */
export function encodeValue(value: unknown): Uint8Array[] {
  const contents: Uint8Array[] = [];
  let offset = 0;
  const pack = (from: unknown): unknown => {
    if (typeof from === 'bigint') return special(['bigint', from.toString()]);
    if (typeof from === 'number' && !Number.isFinite(from)) {
      return special(['number', String(from) as 'NaN']);
    }
    if (typeof from !== 'object' || from === null) return from;
    const name = nameOfArray(from);
    if (name !== null) {
      const bytes = bytesOf(from as BinaryArray);
      contents.push(bytes);
      offset += bytes.length;
      return special(['array', name, offset - bytes.length, bytes.length]);
    }
    if (Array.isArray(from)) return from.map(pack);
    const packed = Object.fromEntries(Object.entries(from).map(([key, item]) => [key, pack(item)]));
    return '$' in packed ? special(['plain', packed]) : packed;
  };
  const json = encoder.encode(JSON.stringify(pack(value)));
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, json.length, true);
  return [length, json, ...contents];
}

const special = ($: Special): { $: Special } => ({ $ });

function nameOfArray(value: object): ArrayName | null {
  for (const [name, type] of Object.entries(ARRAYS)) if (value instanceof type) return name as ArrayName;
  return null;
}

function bytesOf(array: BinaryArray): Uint8Array {
  return array instanceof ArrayBuffer
    ? new Uint8Array(array)
    : new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * The value that `encodeValue` encoded as `bytes`; its arrays have their own buffers.
 * @throws InspectorError `link-lost` if the bytes are anything else. Takes no more memory than a multiple of their length.
 */
export function decodeValue(bytes: Uint8Array): unknown {
  if (bytes.length < LENGTH_BYTES) throw damagedStream('a message without its length');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const jsonLength = view.getUint32(0, true);
  const end = LENGTH_BYTES + jsonLength;
  if (jsonLength > MAX_JSON_BYTES || end > bytes.length) {
    throw damagedStream(`a message with ${jsonLength} bytes of JSON`);
  }
  const contents = bytes.subarray(end);
  // Arrays must not share contents, so together they are no larger than the message.
  let used = 0;
  const unpack = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) value[i] = unpack(item);
      return value;
    }
    if ('$' in value) return unpackSpecial(value.$);
    return unpackFields(value);
  };
  const unpackFields = (value: object): object => {
    for (const [key, item] of Object.entries(value)) {
      const unpacked = unpack(item);
      // Also defines a key such as `__proto__`.
      if (unpacked !== item) Object.defineProperty(value, key, { value: unpacked });
    }
    return value;
  };
  const unpackSpecial = (content: unknown): unknown => {
    const [kind, first, at, length] = Array.isArray(content) ? (content as unknown[]) : [];
    if (kind === 'plain' && typeof first === 'object' && first !== null) return unpackFields(first);
    if (kind === 'bigint' && typeof first === 'string' && /^-?\d{1,40}$/.test(first)) return BigInt(first);
    if (kind === 'number' && typeof first === 'string' && /^(NaN|-?Infinity)$/.test(first)) {
      return Number(first);
    }
    if (kind !== 'array' || at !== used || !Number.isSafeInteger(length)) throw damagedStream('a value');
    const size = length as number;
    if (size < 0 || used + size > contents.length) throw damagedStream(`an array of ${size} bytes`);
    used += size;
    return arrayOf(String(first), new Uint8Array(contents.subarray(used - size, used)));
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(decoder.decode(bytes.subarray(LENGTH_BYTES, end)));
  } catch {
    throw damagedStream('text that is not JSON');
  }
  try {
    return unpack(parsed);
  } catch (cause) {
    // Nested deeper than any value of the contract.
    if (cause instanceof RangeError) throw damagedStream('a value nested too deeply');
    throw cause;
  }
}

function arrayOf(name: string, bytes: Uint8Array<ArrayBuffer>): BinaryArray {
  if (!Object.hasOwn(ARRAYS, name)) throw damagedStream('an array of an unknown type');
  if (name === 'ArrayBuffer') return bytes.buffer;
  const type = ARRAYS[name as Exclude<ArrayName, 'ArrayBuffer'>];
  if (bytes.length % type.BYTES_PER_ELEMENT !== 0) throw damagedStream('an array that is cut off');
  return new type(bytes.buffer);
}
