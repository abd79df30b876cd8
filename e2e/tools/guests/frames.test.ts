import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader } from './frames.mjs';

const note = (text: string) => ({ event: 'note', text });

function frame(number: number, event: object, checksum?: number): string {
  const json = JSON.stringify(event);
  return `\n@sdi ${number} ${(checksum ?? crc32(json)).toString(16).padStart(8, '0')} ${json}\n`;
}

describe('FrameReader', () => {
  it('finds the events between other output, for any division of the bytes', () => {
    const noise = fc.stringMatching(/^[\x20-\x3f\x41-\x7e\n]*$/);
    const pieces = fc.array(fc.tuple(noise, fc.string({ unit: 'grapheme' })), { maxLength: 8 });
    fc.assert(
      fc.property(pieces, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (parts, sizes) => {
        const bytes = Buffer.from(parts.map(([other, text], i) => other + frame(i, note(text))).join(''));
        const reader = new FrameReader();
        const events = [];
        for (let at = 0; at < bytes.length;) {
          const size: number = sizes.next().value ?? 1;
          events.push(...reader.read(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(events).toEqual(parts.map(([, text]) => note(text)));
        expect(reader.lost).toBe(0);
      }),
      { seed: 1 },
    );
  });

  it('does not believe a damaged frame, and counts it as lost once another comes', () => {
    const reader = new FrameReader();
    const text = frame(0, note('a')) + frame(1, note('b'), 1) + frame(2, note('c'));
    expect(reader.read(Buffer.from(text))).toEqual([note('a'), note('c')]);
    expect(reader.lost).toBe(1);
  });
});
