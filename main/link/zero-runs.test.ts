import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InspectorError } from '#shared/contract/errors.ts';
import { packZeroRuns, unpackZeroRuns } from './zero-runs.ts';

/** Bytes with few values, at any distance. */
const sparse = fc
  .tuple(
    fc.integer({ min: 0, max: 6000 }),
    fc.array(fc.tuple(fc.nat(5999), fc.integer({ min: 1, max: 255 })), { maxLength: 60 }),
  )
  .map(([length, values]) => {
    const bytes = new Uint8Array(length);
    for (const [at, value] of values) if (at < length) bytes[at] = value;
    return bytes;
  });

describe('runs of zeros', () => {
  it('are unpacked to the same bytes', () => {
    fc.assert(
      fc.property(sparse, (bytes) => {
        const packed = packZeroRuns(bytes);
        if (packed !== null) expect(unpackZeroRuns(Buffer.concat(packed), 6000)).toEqual(bytes);
      }),
    );
    const last = new Uint8Array(1021);
    last[1020] = 7;
    last[0] = 1;
    expect(unpackZeroRuns(Buffer.concat(packZeroRuns(last) ?? []), 1021)).toEqual(last);
    expect(packZeroRuns(new Uint8Array(100).fill(1))).toBeNull();
  });

  it('whatever else arrives is an error or some bytes, no more than allowed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(300), (bytes, length) => {
        const packed = Buffer.from(bytes);
        if (packed.length >= 8) packed.writeUInt32LE(length, 0);
        if (packed.length >= 8) packed.writeUInt32LE((packed[4] ?? 0) % 64, 4);
        try {
          expect(unpackZeroRuns(packed, 200).length).toBeLessThanOrEqual(200);
        } catch (cause) {
          expect(cause).toBeInstanceOf(InspectorError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
