/**
 * Malicious files: reading them takes a bounded amount of memory, and of work in
 * proportion to their size. HOSTILE_FILES sets how many changed recordings with right checksums are read.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { McapRecordBuilder } from '@mcap/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomBelow } from '#shared/testing/random.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { Channels } from './records.ts';
import { FileScan } from './file-scan.ts';
import { marksPath, readMarks } from './marks-file.ts';
import { McapBuilder } from './mcap-builder.ts';
import { RecordingReader } from './recording-reader.ts';
import { RecordingWriter } from './recording-writer.ts';
import { memoryInput } from './testing/memory-input.ts';
import { Anatomy } from './testing/repair.ts';
import { infoOf, simulatedFrames } from './testing/simulated-frames.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';
import { MAX_EXPANSION, WorkBudget } from './work-budget.ts';
import { compress, compressPadded, decompress, loadZstd } from './zstd.ts';

const FILES = Number(process.env['HOSTILE_FILES'] ?? 2000);
const MAX_KIB = 300 * 1024;
/** Bytes that any file may unpack to. */
const FREE = 2 ** 28;

const folder = temporaryFolder();
let scripts: BuiltScripts;
beforeAll(async () => {
  await loadZstd();
  scripts = await buildScripts('recording/testing/read-hostile.ts');
});

interface Result {
  readonly path: string;
  readonly peakKib: number;
  readonly refused?: string;
  readonly frames?: number;
  readonly damage?: string | null;
}

/** Reads files in a separate process, whose memory is theirs alone. */
function readApart(...paths: string[]): Result[] {
  const out = execFileSync(process.execPath, [scripts.path('read-hostile'), ...paths], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Result);
}

function saved(name: string, bytes: Uint8Array): string {
  const path = folder.path(name);
  writeFileSync(path, bytes);
  return path;
}

function chunkRecord(content: Uint8Array): Uint8Array {
  const records = new McapRecordBuilder();
  records.writeChunk({
    messageStartTime: 0n,
    messageEndTime: 0n,
    uncompressedSize: BigInt(content.length),
    uncompressedCrc: crc32(content),
    compression: 'zstd',
    records: compress(content),
  });
  return records.buffer.slice();
}

/** The head of a recording, then what `parts` are. */
function fileOf(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat([new McapBuilder().begin(new Map()), ...parts]));
}

const times = (count: number, part: Uint8Array): Uint8Array[] => new Array<Uint8Array>(count).fill(part);

describe('a file that was made to do harm', () => {
  it('with chunks that unpack to gigabytes is abandoned where the budget ends', async () => {
    const zeros = chunkRecord(new Uint8Array(2 ** 25));
    // Records of an opcode that means nothing, each with nine bytes: all of the chunk has to be gone through.
    const empty = new Uint8Array(2 ** 25 - (2 ** 25 % 9));
    for (let at = 0; at < empty.length; at += 9) empty[at] = 0x90;
    const file = fileOf(...times(20, zeros), ...times(40, chunkRecord(empty)));
    const scan = new FileScan(memoryInput(file));
    await scan.advance();
    expect(file.length).toBeLessThan(2 ** 18);
    // The one that passed the limit was not unpacked.
    expect(scan.budget.spent).toBeLessThan(FREE + MAX_EXPANSION * file.length + 2 ** 25 + 1);
    expect(scan.skipped.why).toContain('unpacks to more than');
    const [result] = readApart(saved('zeros.mcap', file));
    expect(result).toMatchObject({
      frames: 0,
      damage: expect.stringContaining('unpacks to more than') as string,
    });
    expect(result.peakKib).toBeLessThan(MAX_KIB);
  }, 600_000);

  it('with operations of any length is read within bounds', () => {
    const builder = new McapBuilder();
    const parts: Uint8Array[] = [builder.begin(new Map())];
    const operation = (detail: string) =>
      JSON.stringify({
        action: 'set',
        detail,
        request: null,
        result: { ok: true, ret: 0, next: null },
        duration_ms: 0,
      });
    // Thousands that are as long as they may be, and some that are longer.
    for (let chunk = 0; chunk < 20; chunk++) {
      for (let i = 0; i < 250; i++) builder.add('/operations', i, 1n, operation('x'.repeat(65_000)));
      parts.push(builder.finishChunk() ?? new Uint8Array(0));
    }
    builder.add('/operations', 0, 1n, operation('y'.repeat(2 ** 23)));
    parts.push(builder.finishChunk() ?? new Uint8Array(0));
    const [result] = readApart(saved('operations.mcap', new Uint8Array(Buffer.concat(parts))));
    expect(result.frames).toBe(0);
    expect(result.peakKib).toBeLessThan(MAX_KIB);
  }, 600_000);

  it('with 65,000 channels before 40 chunks goes through each channel once', async () => {
    const records = new McapRecordBuilder();
    for (let id = 10; id < 65_000; id++)
      records.writeChannel({ id, schemaId: 0, topic: `/t${id}`, messageEncoding: '', metadata: new Map() });
    const message = new McapBuilder();
    message.add('/marks', 0, 1n, '{"id":"a","removed":true}');
    message.begin(new Map());
    const chunk = message.finishChunk() ?? new Uint8Array(0);
    const file = fileOf(records.buffer.slice(), ...times(40, chunk));
    const added: number[] = [];
    const scan = new FileScan(memoryInput(file));
    const add = scan.channels.add.bind(scan.channels);
    scan.channels.add = (channel) => {
      added.push(channel.id);
      add(channel);
    };
    await scan.advance();
    expect(added.length).toBeLessThan(65_100);
    expect(new Channels().has('/frames')).toBe(false);
  });

  it('with JSON that is nested or has too many values is refused before it is parsed', async () => {
    const path = folder.path('a.mcap');
    const bombs = ['['.repeat(2 ** 24), `[${'{},'.repeat(2 ** 22)}{}]`, '"'.repeat(2 ** 20), '{"marks":'];
    for (const bomb of bombs) {
      writeFileSync(marksPath(path), bomb);
      await expect(readMarks(path)).rejects.toMatchObject({ kind: 'damaged-file' });
    }
    const builder = new McapBuilder();
    const parts = [builder.begin(new Map([['source', '['.repeat(2 ** 19)]]))];
    builder.add('/vmas', 0, 1n, `{"vmas":${'['.repeat(2 ** 20)}`);
    builder.add('/frames', 0, 1n, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    parts.push(builder.finishChunk() ?? new Uint8Array(0));
    writeFileSync(path, new Uint8Array(Buffer.concat(parts)));
    writeFileSync(marksPath(path), '{"version":1,"marks":[]}');
    const [result] = readApart(path);
    expect(result).toMatchObject({ frames: 1 });
    expect(result.peakKib).toBeLessThan(MAX_KIB);
  }, 120_000);

  it('with an index of as many frames as there can be, in a few bytes, is open within bounds', () => {
    const builder = new McapBuilder();
    const parts = [builder.begin(new Map())];
    builder.add('/vmas', 0, 1n, '{"vmas":[]}');
    builder.add('/frames', 0, 1n, new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    parts.push(builder.finishChunk() ?? new Uint8Array(0));
    const frames = 2 ** 17;
    for (let part = 0; part < 32; part++) {
      // Every column is of 0s, which take no bytes; one run in chunk 0.
      const header = Uint32Array.of(2, part, frames, 1, 0, 1);
      const columns = Uint8Array.of(...new Array<number>(8).fill(0), 4, 0, 0, 2, 0);
      const content = Buffer.concat([new Uint8Array(header.buffer), columns]);
      const size = Uint32Array.of(content.length);
      const data = Buffer.concat([new Uint8Array(size.buffer), compress(content)]);
      parts.push(builder.attachment(`soft-dirty-inspector/index/${part}`, 1n, new Uint8Array(data)));
    }
    parts.push(builder.end());
    const file = new Uint8Array(Buffer.concat(parts));
    expect(file.length).toBeLessThan(2 ** 14);
    const [result] = readApart(saved('frames.mcap', file));
    expect(result).toMatchObject({
      frames: 2 ** 22,
      damage: expect.stringContaining('1 frame instead of 4194304') as string,
    });
    expect(result.peakKib).toBeLessThan(MAX_KIB);
  }, 120_000);

  it('that is not a regular file is refused at once', async () => {
    const fifo = folder.path('fifo.mcap');
    execFileSync('mkfifo', [fifo, marksPath(folder.path('b.mcap'))]);
    symlinkSync('/dev/zero', folder.path('zero.mcap'));
    mkdirSync(folder.path('folder.mcap'));
    const cases = { 'fifo.mcap': 'a pipe', 'zero.mcap': 'a device', 'folder.mcap': 'a folder' };
    for (const [name, kind] of Object.entries(cases))
      await expect(RecordingReader.open(folder.path(name))).rejects.toMatchObject({
        kind: 'io',
        message: `${folder.path(name)} is ${kind}, not a regular file.`,
      });
    await expect(readMarks(folder.path('b.mcap'))).rejects.toMatchObject({ kind: 'io' });
  });

  it('can be cancelled while it is opened', async () => {
    const file = fileOf(...times(8, chunkRecord(new Uint8Array(2 ** 25))));
    const controller = new AbortController();
    let reads = 0;
    const input = memoryInput(file);
    const counting = {
      ...input,
      read: (at: number, length: number) => {
        if (++reads === 2) controller.abort(new Error('enough'));
        return input.read(at, length);
      },
    };
    const opening = RecordingReader.openInput(counting, { scan: true, signal: controller.signal });
    await expect(opening).rejects.toThrow('enough');
  });
});

describe('a recording whose pages are regular', () => {
  it('is padded so that it stays within what a reader unpacks', () => {
    const content = new Uint8Array(2 ** 22);
    expect(compress(content).length).toBeLessThan(content.length / MAX_EXPANSION);
    const padded = compressPadded(content, MAX_EXPANSION);
    expect(padded.length).toBeGreaterThanOrEqual(content.length / MAX_EXPANSION);
    expect(Buffer.compare(decompress(padded, content.length, content.length), content)).toBe(0);
    const budget = new WorkBudget();
    budget.fileSize(padded.length * 1000);
    for (let i = 0; i < 1000; i++) budget.spend(content.length);
    expect(budget.exhausted).toBe(false);
  });
});

describe('recordings with changes and right checksums', () => {
  it(`are refused or shown, within bounds: ${FILES} of them`, async () => {
    const path = folder.path('whole.mcap');
    const frames = await simulatedFrames('memory-leak', 'interval');
    const writer = await RecordingWriter.create({ path, info: infoOf(frames.source) });
    for (let i = 0; i < 40; i++) writer.frame(await frames.next());
    writer.mark({ id: 'x', timeNs: 1e9, note: 'here', colour: 'red' });
    await writer.stop();
    const anatomy = new Anatomy(new Uint8Array(readFileSync(path)));
    // Rebuilt without a change it is the same recording: what is changed below is all that differs.
    const same = anatomy.rebuilt((_, content) => content);
    expect((await RecordingReader.openInput(memoryInput(same))).index.frames).toBe(40);
    const random = randomBelow(7);
    const names: string[] = [];
    for (let i = 0; i < FILES; i++) {
      const target = random(anatomy.parts.length);
      const file = anatomy.rebuilt((_, content, number) =>
        number === target || random(20) === 0 ? changed(content, random) : content,
      );
      names.push(saved(`${i}.mcap`, file));
    }
    let shown = 0;
    for (let from = 0; from < names.length; from += 500) {
      const results = readApart(...names.slice(from, from + 500));
      expect(results).toHaveLength(Math.min(500, names.length - from));
      expect(results.at(-1)?.peakKib).toBeLessThan(MAX_KIB);
      shown += results.filter(({ frames: count }) => (count ?? 0) > 0).length;
    }
    // Most get past the checksums and are shown in part.
    expect(shown).toBeGreaterThan(FILES / 4);
  }, 1_800_000);
});

/** Extreme numbers, changed bytes, parts that are cut out or doubled. */
function changed(content: Uint8Array, random: (limit: number) => number): Uint8Array {
  let result = content.slice();
  for (let changes = 1 + random(3); changes > 0 && result.length > 0; changes--) {
    const at = random(result.length);
    const length = Math.min(1 + random(32), result.length - at);
    switch (random(5)) {
      case 0:
        result[at] = random(256);
        break;
      case 1:
        result.fill([0, 0xff, 0x7f, 0x80][random(4)], at, at + length);
        break;
      case 2:
        new DataView(result.buffer).setUint8(at, 0xff);
        break;
      case 3:
        result = Uint8Array.from([...result.subarray(0, at), ...result.subarray(at + length)]);
        break;
      case 4:
        result = Uint8Array.from([...result.subarray(0, at + length), ...result.subarray(at)]);
    }
  }
  return result;
}
