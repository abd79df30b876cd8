/**
 * Damaged files: cut anywhere, bytes changed, wrong lengths, excessive compression.
 * Each is refused with the reason, or its readable part is shown; never a crash, a hang, or memory out of
 * proportion. DAMAGED_FILES sets how many files are made; the default is for every day.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { McapRecordBuilder } from '@mcap/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { TileSet } from '#shared/memory/tile-set.ts';
import { randomBelow } from '#shared/testing/random.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { parseVmas } from './channels.ts';
import { decodeRecordedFrame, RecordedState } from './frame-codec.ts';
import { IndexReader, indexAttachments } from './index-attachment.ts';
import { FrameIndex } from './frame-index.ts';
import { McapBuilder } from './mcap-builder.ts';
import { MAX_TILES, readRuns, setRuns } from './page-runs.ts';
import { recover } from './recover.ts';
import { RecordingReader } from './recording-reader.ts';
import { RecordingWriter } from './recording-writer.ts';
import { infoOf, simulatedFrames } from './testing/simulated-frames.ts';
import { memoryInput } from './testing/memory-input.ts';
import { readEverything } from './testing/read-everything.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { compress, decompress, loadZstd } from './zstd.ts';

const FILES = Number(process.env['DAMAGED_FILES'] ?? 3000);
const folder = temporaryFolder();
const FRAMES = 40;
/** A whole recording of three chunks, small enough for every place in it to be tried. */
let whole: Uint8Array;
/** Where each chunk ends, and how many frames there are up to then. */
let chunkEnds: { end: number; frames: number }[];

beforeAll(async () => {
  await loadZstd();
  whole = await makeRecording();
  const reader = await RecordingReader.openInput(memoryInput(whole), { scan: true });
  const places = [...reader.places];
  chunkEnds = places.map(({ offset, length }, i) => ({
    end: offset + length,
    frames: reader.index.firstOfChunk(i + 1),
  }));
  expect(chunkEnds.length).toBeGreaterThanOrEqual(3);
});

async function makeRecording(): Promise<Uint8Array> {
  const home = mkdtempSync(join(tmpdir(), 'recording-'));
  const path = join(home, 'a.mcap');
  const frames = await simulatedFrames('memory-leak', 'interval');
  const writer = await RecordingWriter.create({ path, info: infoOf(frames.source) });
  for (let i = 0; i < FRAMES; i++) writer.frame(await frames.next());
  await writer.stop();
  const bytes = new Uint8Array(readFileSync(path));
  rmSync(home, { recursive: true });
  return bytes;
}

/** Changes some bytes: bits, whole bytes, numbers that are extreme, parts moved, cut out or doubled. */
function mutate(bytes: Uint8Array, random: (limit: number) => number): Uint8Array {
  let result = bytes.slice();
  for (let changes = 1 + random(4); changes > 0 && result.length > 0; changes--) {
    const at = random(result.length);
    const length = Math.min(1 + random(64), result.length - at);
    switch (random(6)) {
      case 0:
        result[at] ^= 1 << random(8);
        break;
      case 1:
        result[at] = random(256);
        break;
      case 2:
        result.fill([0, 0xff, 0x7f, 0x80][random(4)], at, at + length);
        break;
      case 3:
        result.copyWithin(random(result.length), at, at + length);
        break;
      case 4:
        result = joined(result.subarray(0, at), result.subarray(at + length));
        break;
      case 5:
        result = joined(result.subarray(0, at + length), result.subarray(at));
    }
  }
  return result;
}

const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

describe('a recording that is cut', () => {
  it('anywhere shows every frame of the chunks before', async () => {
    for (let length = 0; length < whole.length; length++) {
      const read = await readEverything(whole.subarray(0, length));
      const expected = chunkEnds.filter(({ end }) => end <= length).at(-1)?.frames ?? 0;
      expect(read?.shown ?? 0, `cut to ${length} bytes`).toBe(expected);
      expect(read === null, `cut to ${length} bytes`).toBe(expected === 0);
    }
    expect(await readEverything(whole)).toEqual({ frames: FRAMES, shown: FRAMES });
  }, 1_200_000);

  it('is saved, and opens again', async () => {
    for (const length of [chunkEnds[0].end, chunkEnds[1].end + 7, whole.length - 1, whole.length]) {
      const path = folder.path(`${length}.mcap`);
      writeFileSync(path, whole.subarray(0, length));
      const expected = chunkEnds.filter(({ end }) => end <= length).at(-1)?.frames ?? 0;
      const { path: saved, frames, lost } = await recover(path, `${path}.saved`);
      expect({ frames, lost }).toEqual({ frames: expected, lost: 0 });
      expect(await readEverything(new Uint8Array(readFileSync(saved)))).toEqual({ frames, shown: frames });
    }
    writeFileSync(folder.path('nothing'), whole.subarray(0, chunkEnds[0].end - 1));
    await expect(recover(folder.path('nothing'), folder.path('out'))).rejects.toMatchObject({
      kind: 'damaged-file',
    });
  });
});

describe('recordings with changed bytes', () => {
  it(`are refused or shown as far as they are whole: ${FILES} of them`, async () => {
    const random = randomBelow(1);
    let refused = 0;
    let shown = 0;
    const before = process.memoryUsage().rss;
    for (let i = 0; i < FILES; i++) {
      const file = mutate(whole, random);
      const read = await readEverything(file, { scan: i % 2 === 0 });
      if (read === null) refused++;
      else shown += read.shown;
      if (i % 500 !== 0) continue;
      const path = folder.path(`${i}.mcap`);
      writeFileSync(path, file);
      try {
        const saved = await recover(path, `${path}.saved`);
        expect(await readEverything(new Uint8Array(readFileSync(saved.path)))).toEqual({
          frames: saved.frames,
          shown: saved.frames,
        });
      } catch (cause) {
        expect(cause).toMatchObject({ kind: 'damaged-file' });
      }
    }
    expect(refused).toBeLessThan(FILES / 2);
    expect(shown / FILES).toBeGreaterThan(FRAMES / 4);
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * 2 ** 20);
  }, 1_200_000);

  it('are handled if no checksum covers them: frames, maps and indexes', async () => {
    const random = randomBelow(2);
    const reader = await RecordingReader.openInput(memoryInput(whole));
    const messages = (await Promise.all(chunkEnds.map((_, i) => reader.readMessages(i)))).flat();
    const [part] = indexAttachments(reader.index, reader.chunks, {
      operations: [],
      marks: [],
      processEvents: [],
    });
    const size = new DataView(part.data.buffer, part.data.byteOffset).getUint32(0, true);
    const content = new Uint8Array(decompress(part.data.subarray(4), size, size));
    const fails = (run: () => unknown): void => {
      try {
        run();
      } catch (cause) {
        expect(cause).toMatchObject({ kind: 'damaged-file' });
      }
    };
    const state = new RecordedState();
    for (let i = 0; i < FILES; i++) {
      const { topic, data } = messages[random(messages.length)];
      const changed = mutate(data, random);
      if (topic === '/frames') fails(() => state.apply(decodeRecordedFrame(changed)));
      if (topic === '/vmas') fails(() => parseVmas(new TextDecoder().decode(changed)));
      fails(() => new IndexReader(reader.chunks).add(mutate(part.data, random), 0));
      const other = mutate(content, random);
      const head = Buffer.alloc(4);
      head.writeUInt32LE(other.length);
      const changedPart = new Uint8Array(Buffer.concat([head, compress(other)]));
      fails(() => requirePossible(readPart(reader.chunks, changedPart), reader.chunks));
    }
  }, 600_000);
});

function readPart(chunks: number, data: Uint8Array): FrameIndex {
  const reader = new IndexReader(chunks);
  reader.add(data, 0);
  return reader.index;
}

/** What was accepted is possible: times and chunks ascend, and the chunks exist. */
function requirePossible(index: FrameIndex, chunks: number): void {
  let [time, chunk] = [0, 0];
  const impossible: number[] = [];
  for (let i = 0; i < index.frames; i++) {
    const [now, here] = [index.times[i], index.chunkOf(i)];
    if (!(now >= time && Number.isSafeInteger(now) && here >= chunk && here < chunks)) impossible.push(i);
    [time, chunk] = [now, here];
  }
  expect(impossible).toEqual([]);
}

/** A file with one chunk, which `fill` puts messages into. */
function fileWith(fill: (builder: McapBuilder) => void, metadata = new Map<string, string>()): Uint8Array {
  const builder = new McapBuilder();
  const parts = [builder.begin(metadata)];
  fill(builder);
  const chunk = builder.finishChunk();
  if (chunk) parts.push(chunk);
  parts.push(builder.end());
  return new Uint8Array(Buffer.concat(parts));
}

describe('a file with wrong lengths', () => {
  it('about its version is refused, with what to do', async () => {
    const file = fileWith(() => undefined, new Map([['version', '3']]));
    await expect(RecordingReader.openInput(memoryInput(file))).rejects.toMatchObject({
      kind: 'unsupported',
      remedy: expect.stringContaining('newer') as string,
    });
  });

  it('in its magic bytes is refused', async () => {
    const other = new McapRecordBuilder();
    other.writeMagic();
    other.writeHeader({ profile: 'ros2', library: 'x' });
    other.writeDataEnd({ dataSectionCrc: 0 });
    other.writeFooter({ summaryStart: 0n, summaryOffsetStart: 0n, summaryCrc: 0 });
    other.writeMagic();
    for (const bytes of [
      other.buffer.slice(),
      new Uint8Array(0),
      new Uint8Array(100),
      Buffer.from('\x7fELF'),
    ])
      await expect(RecordingReader.openInput(memoryInput(bytes))).rejects.toMatchObject({
        kind: 'damaged-file',
      });
  });

  it('about how much a chunk unpacks to costs no memory', async () => {
    const zeros = compress(new Uint8Array(2 ** 26));
    for (const uncompressedSize of [2n ** 26n, 2n ** 40n, 2n ** 63n, 10n, 0n]) {
      const records = new McapRecordBuilder();
      records.writeChunk({
        messageStartTime: 0n,
        messageEndTime: 0n,
        uncompressedSize,
        uncompressedCrc: 0,
        compression: 'zstd',
        records: zeros,
      });
      const head = new McapBuilder().begin(new Map());
      const file = new Uint8Array(Buffer.concat([head, records.buffer]));
      const before = process.memoryUsage().rss;
      await expect(RecordingReader.openInput(memoryInput(file))).rejects.toMatchObject({
        kind: 'damaged-file',
      });
      expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
    }
  });

  it('about the length of a record ends there', async () => {
    for (const length of [2n ** 63n, 2n ** 64n - 1n, BigInt(whole.length)]) {
      const file = whole.slice();
      const second = new DataView(file.buffer);
      second.setBigUint64(chunkEnds[0].end + 1, length, true);
      const read = await readEverything(file.subarray(0, file.length - 8));
      expect(read).toEqual({ frames: chunkEnds[0].frames, shown: chunkEnds[0].frames });
    }
  });

  it('about how many pages there are costs no memory', () => {
    const runs = (...numbers: number[]): Float64Array => {
      const writer = new ByteWriter();
      numbers.forEach((number) => writer.varint(number));
      return readRuns(new ByteReader(writer.take()));
    };
    // A count without the runs, a page beyond all addresses, a number without an end.
    expect(() => runs(2 ** 40)).toThrow('damaged');
    expect(() => runs(1, 2 ** 52, 1)).toThrow('damaged');
    expect(() => readRuns(new ByteReader(new Uint8Array(20).fill(255)))).toThrow('damaged');
    // One run of all pages that there can be.
    const tiles = new TileSet();
    expect(() => setRuns(tiles, 0, runs(1, 0, 2 ** 52 - 1))).toThrow(`more than ${MAX_TILES} tiles`);
    expect(tiles.words.byteLength).toBeLessThanOrEqual(MAX_TILES * 448 * 2);
  });

  it('about its index is read without it', async () => {
    const reader = await RecordingReader.openInput(memoryInput(whole));
    const index = new FrameIndex();
    for (let i = 0; i < reader.index.frames; i++) index.push(reader.index.times[i], [9, 9, 9, 9, 9, 9], 7);
    const [part] = indexAttachments(index, reader.chunks, { operations: [], marks: [], processEvents: [] });
    expect(() => new IndexReader(reader.chunks).add(part.data, 0)).toThrow('damaged');
    expect(() => new IndexReader(reader.chunks + 1).add(part.data, 0)).toThrow('damaged');
  });
});
