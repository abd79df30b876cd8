import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { InspectorError } from '#shared/contract/errors.ts';
import { loadZstd } from '../recording/zstd.ts';
import {
  encodeMessage,
  MAX_MESSAGE_BYTES,
  MessageKind,
  MessageReader,
  type StreamMessage,
} from './message-codec.ts';

beforeAll(loadZstd);

const messageOf = (content: Uint8Array, packed: boolean): Uint8Array =>
  Buffer.concat(encodeMessage(MessageKind.Value, [content], packed) ?? []);

describe('messages on a stream', () => {
  it('arrive in order however the stream is cut', () => {
    const contents = fc.array(fc.tuple(fc.uint8Array({ maxLength: 2000 }), fc.boolean()), { maxLength: 8 });
    fc.assert(
      fc.property(contents, fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }), (sent, sizes) => {
        const stream = Buffer.concat(sent.map(([content, packed]) => messageOf(content, packed)));
        const reader = new MessageReader();
        const got: StreamMessage[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const end = at + (sizes[i % sizes.length] ?? 1);
          got.push(...reader.push(stream.subarray(at, end)));
          at = end;
        }
        expect(got.map(({ content }) => Buffer.from(content))).toEqual(
          sent.map(([content]) => Buffer.from(content)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('what compresses is sent compressed', () => {
    const zeros = new Uint8Array(100_000);
    expect(messageOf(zeros, true).length).toBeLessThan(1000);
    const [message] = new MessageReader().push(messageOf(zeros, true));
    expect(Buffer.compare(message?.content ?? new Uint8Array(), zeros)).toBe(0);
  });

  it('frames with few bits set arrive as they were', () => {
    const frame = new Uint8Array(50_000);
    for (let i = 0; i < frame.length; i += 97) frame[i] = 1 << (i % 8);
    const [message] = new MessageReader().push(
      Buffer.concat(encodeMessage(MessageKind.Frame, [frame], true) ?? []),
    );
    expect(message?.kind).toBe(MessageKind.Frame);
    expect(Buffer.compare(message?.content ?? new Uint8Array(), frame)).toBe(0);
  });

  it('sends nothing that is too long', () => {
    expect(encodeMessage(MessageKind.Frame, [new Uint8Array(MAX_MESSAGE_BYTES)], false)).toBeNull();
  });

  it.each([
    ['a message of no bytes', [0, 0, 0, 0, 0]],
    ['a message of 4 GiB', [0xff, 0xff, 0xff, 0xff, 0]],
    ['an unknown kind', [1, 0, 0, 0, 7]],
    ['a compressed message without its length', [2, 0, 0, 0, 0x80, 1]],
    [
      'a compressed message that unpacks to more than is allowed',
      [9, 0, 0, 0, 0x80, 0, 0, 0, 0xff, 1, 2, 3, 4],
    ],
    ['a compressed message that is damaged', [9, 0, 0, 0, 0x80, 4, 0, 0, 0, 1, 2, 3, 4]],
  ])('refuses %s', (_, bytes) => {
    expect(() => [...new MessageReader().push(Uint8Array.from(bytes))]).toThrow(InspectorError);
  });

  it('allocates nothing for a message that is announced and does not come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => new MessageReader());
    const announcement = Buffer.alloc(5);
    announcement.writeUInt32LE(MAX_MESSAGE_BYTES);
    for (const reader of readers) expect([...reader.push(announcement)]).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
  });
});
