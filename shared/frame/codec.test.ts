/** The frame codec: what is decoded is what was encoded, and damage is an error. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InspectorError } from '../contract/errors.ts';
import { Plane } from '../memory/plane.ts';
import { TileSet } from '../memory/tile-set.ts';
import { vmaOf } from '../testing/vma.ts';
import { decodeFrame, encodeFrame } from './codec.ts';
import { advanceTiles, ALL_PLANES, keyTiles } from './delta.ts';
import type { Frame } from './frame.ts';
import { frameArbitrary } from './testing/arbitrary-frame.ts';

const property = { seed: 20221, numRuns: 300 };

const heap = vmaOf(16, 528, {
  kind: 'heap',
  name: '[heap]',
  softDirty: true,
  flags: 'rd wr mr mw me ac sd',
});

function example(): Frame {
  const tiles = new TileSet();
  tiles.setRun(Plane.Written, 20, 30);
  tiles.setRun(Plane.Present, 16, 528);
  return {
    kind: 'key',
    mode: 'hold',
    sequence: 7,
    base: 7,
    time: 350.25,
    merged: 2,
    scanNs: 12000,
    writtenPages: 10,
    vmas: [heap, { ...heap, start: 600, end: 601, kind: 'special', tracked: false, untracked: 'the vDSO' }],
    tiles: keyTiles(tiles),
  };
}

/** Decodes, and fails if anything but a frame or a damaged-file error comes out. */
function decodeOrDamaged(buffer: ArrayBuffer): Frame | null {
  try {
    return decodeFrame(buffer);
  } catch (cause) {
    if (!(cause instanceof InspectorError)) throw cause;
    expect(cause.kind).toBe('damaged-file');
    expect(cause.message).toMatch(/^damaged frame: ./);
    return null;
  }
}

describe('frame codec', () => {
  it('returns every frame unchanged', () => {
    fc.assert(
      fc.property(frameArbitrary, (frame) => {
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
      }),
      property,
    );
  });

  it('keeps one string for names that repeat', () => {
    const frame = example();
    const many = {
      ...frame,
      vmas: Array.from({ length: 1000 }, (_, i) => ({ ...heap, start: i, end: i + 1 })),
    };
    expect(encodeFrame(many).byteLength - encodeFrame({ ...frame, vmas: [] }).byteLength).toBeLessThan(
      41_000,
    );
  });

  it('encodes tiles of a sample in place, and copies them where there is more in the frame', () => {
    const sample = new TileSet();
    for (let page = 0; page < 5000; page += 97) sample.setRun(Plane.Written, page, page + 1);
    const tiles = advanceTiles(new TileSet(), sample, ALL_PLANES, 'interval');
    const frame: Frame = { ...example(), kind: 'delta', base: 0, vmas: null, tiles };
    const buffer = encodeFrame(frame);
    expect(buffer).toBe(tiles.words.buffer);
    expect(decodeFrame(buffer)).toEqual(frame);
    const none = new Float64Array(0);
    const stamps = { times: Float64Array.of(1), indexes: none, words: new Uint32Array(0), lost: none };
    const stamped: Frame = { ...frame, stamps };
    const key: Frame = { ...example(), tiles };
    for (const more of [stamped, key]) {
      expect(encodeFrame(more)).not.toBe(buffer);
      expect(decodeFrame(encodeFrame(more))).toEqual(more);
    }
    expect(decodeFrame(buffer)).toEqual(frame);
  });

  it('decodes tiles as views of the buffer', () => {
    const buffer = encodeFrame(example());
    expect(decodeFrame(buffer).tiles.words.buffer).toBe(buffer);
  });

  it('refuses a frame cut at any byte', () => {
    const buffer = encodeFrame(example());
    for (let length = 0; length < buffer.byteLength; length++) {
      expect(decodeOrDamaged(buffer.slice(0, length)), `cut at ${length}`).toBeNull();
    }
  });

  it('refuses a frame with trailing bytes', () => {
    const bytes = new Uint8Array(encodeFrame(example()));
    const longer = new Uint8Array(bytes.length + 4);
    longer.set(bytes);
    expect(decodeOrDamaged(longer.buffer)).toBeNull();
  });

  it('answers garbage with an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeOrDamaged(bytes.slice().buffer)).toBeNull();
      }),
      property,
    );
  });

  it('answers any change of bytes with an error or with a frame that can be encoded again', () => {
    const change = fc.record({ at: fc.nat(), value: fc.nat(255) });
    fc.assert(
      fc.property(frameArbitrary, fc.array(change, { minLength: 1, maxLength: 4 }), (frame, changes) => {
        const bytes = new Uint8Array(encodeFrame(frame));
        for (const { at, value } of changes) bytes[at % bytes.length] = value;
        const decoded = decodeOrDamaged(bytes.buffer);
        if (decoded) expect(decodeFrame(encodeFrame(decoded))).toEqual(decoded);
      }),
      { ...property, numRuns: 1000 },
    );
  });

  it.each([52, 56, 60, 64, 68, 72, 76, 80])(
    'rejects a wrong count at byte %i, and allocates nothing for it',
    (at) => {
      for (const value of [0xffffffff, 0xfffffffe, 0x80000000, 0x7fffffff, 1000]) {
        const buffer = encodeFrame(example());
        new DataView(buffer).setUint32(at, value, true);
        expect(decodeOrDamaged(buffer)).toBeNull();
      }
    },
  );

  it('refuses wrong counts with a correct sum', () => {
    // One tile less and three words more: as many bytes, other sections.
    const buffer = encodeFrame(example());
    const view = new DataView(buffer);
    view.setUint32(52, view.getUint32(52, true) - 1, true);
    view.setUint32(56, view.getUint32(56, true) + 3, true);
    expect(decodeOrDamaged(buffer)).toBeNull();
  });

  it('refuses another version by its number', () => {
    const buffer = encodeFrame(example());
    new DataView(buffer).setUint16(4, 9, true);
    expect(() => decodeFrame(buffer)).toThrow('damaged frame: version 9, this program reads 3');
  });
});
