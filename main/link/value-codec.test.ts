import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InspectorError } from '#shared/contract/errors.ts';
import { decodeValue, encodeValue } from './value-codec.ts';

const roundTrip = (value: unknown): unknown => decodeValue(Buffer.concat(encodeValue(value)));

const leaf = fc.oneof(
  fc.string(),
  // JSON has no negative zero; the contract has no use for one.
  fc.double().map((number) => (number === 0 ? 0 : number)),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  fc.uint8Array(),
  fc.uint16Array(),
  fc.uint32Array(),
  fc.float64Array(),
);
const key = fc.oneof(fc.string(), fc.constantFrom('$', '__proto__', 'constructor', 'toString'));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('list'), tie('object')),
  list: fc.array(tie('value'), { maxLength: 5 }),
  object: fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
}));

describe('values on a stream', () => {
  it('arrive as they were sent', () => {
    fc.assert(
      fc.property(value, (sent) => {
        expect(roundTrip(sent)).toEqual(sent);
      }),
      { numRuns: 500 },
    );
  });

  it('arrays have buffers of their own, which can be transferred', () => {
    const sent = {
      a: new Float64Array([1, NaN, Infinity]).subarray(1),
      b: new Uint8Array(3),
      c: new ArrayBuffer(5),
    };
    const got = roundTrip(sent) as typeof sent;
    expect(got).toEqual(sent);
    expect(got.a.buffer.byteLength).toBe(16);
    expect(got.b.buffer.byteLength).toBe(3);
  });

  it.each([
    ['nothing', []],
    ['a length that is cut off', [1, 0]],
    ['a length beyond the end', [9, 0, 0, 0, 0x7b]],
    ['text that is not JSON', [1, 0, 0, 0, 0x7b]],
    ['text that is not UTF-8', [3, 0, 0, 0, 0x22, 0xff, 0x22]],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeValue(Uint8Array.from(bytes))).toThrow(InspectorError);
  });

  it.each([
    ['an array beyond the contents', { $: ['array', 'Uint8Array', 0, 9] }],
    ['an array that begins elsewhere', { $: ['array', 'Uint8Array', 1, 2] }],
    ['an array of half a number', { $: ['array', 'Float64Array', 0, 4] }],
    ['a negative length', { $: ['array', 'Uint8Array', 0, -1] }],
    ['an unknown type', { $: ['array', 'Function', 0, 1] }],
    ['a type of the prototype', { $: ['array', 'constructor', 0, 1] }],
    ['an invalid bigint', { $: ['bigint', '0x10'] }],
    ['a bigint that takes long to parse', { $: ['bigint', '1'.repeat(100_000)] }],
    ['a special value of an unknown kind', { $: ['date', '2022'] }],
    ['an invalid special value', { $: 5 }],
  ])('refuses %s', (_, json) => {
    const text = Buffer.from(JSON.stringify(json));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    expect(() => decodeValue(Buffer.concat([length, text, Buffer.alloc(4)]))).toThrow(InspectorError);
  });

  it('refuses what is nested deeper than the stack', () => {
    const text = Buffer.from('['.repeat(200_000) + ']'.repeat(200_000));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    expect(() => decodeValue(Buffer.concat([length, text]))).toThrow(InspectorError);
  });

  it('a key named __proto__ changes no prototype', () => {
    const got = roundTrip(JSON.parse('{"__proto__": {"polluted": {"$": 1}}}')) as object;
    expect(Object.getPrototypeOf(got)).toBe(Object.prototype);
    expect(Object.keys(got)).toEqual(['__proto__']);
  });
});
