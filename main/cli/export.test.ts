/** Exports of any length, to files and terminals, and what is left if they fail. */
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { McapRecordBuilder } from '@mcap/core';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it, vi } from 'vitest';
import { exporters } from '../recording/export-formats.ts';
import type { Cell, Table } from '../recording/export-rows.ts';
import { McapBuilder } from '../recording/mcap-builder.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { RecordingWriter } from '../recording/recording-writer.ts';
import { infoOf, simulatedFrames } from '../recording/testing/simulated-frames.ts';
import { temporaryFolder } from '../recording/testing/temporary-folder.ts';
import { runProgram } from './program.ts';
import { runHere } from './testing/run-here.ts';

const folder = temporaryFolder();

async function recorded(note = 'a mark'): Promise<string> {
  const path = folder.path('a.mcap');
  const made = await simulatedFrames('game-loop', 'interval', { parameters: { textures: 8 } });
  const writer = await RecordingWriter.create({ path, info: infoOf(made.source) });
  for (let i = 0; i < 60; i++) writer.frame(await made.next());
  writer.mark({ id: 'x', timeNs: 1e9, note, colour: 'red' });
  await writer.stop();
  return path;
}

/** A table with a given number of rows; counts how far rows were read ahead of use. */
function tableOf(rows: number): Table & { made: number } {
  const result = {
    made: 0,
    columns: [
      { name: 'n', type: 'integer' as const },
      { name: 't', type: 'text' as const },
    ],
    async *rows(): AsyncGenerator<readonly Cell[]> {
      for (let i = 0; i < rows; i++) {
        result.made++;
        yield [i, `row ${i}`];
      }
    },
  };
  return result;
}

describe('a recording without frames', () => {
  it('is an error for tables of frames, not an empty table', async () => {
    const path = folder.path('new.mcap');
    const { source } = await simulatedFrames();
    const writer = await RecordingWriter.create({ path, info: infoOf(source) });
    try {
      const out = folder.path('out.csv');
      const csv = (table: string, ...more: string[]) =>
        runHere('export', path, '--format', 'csv', '--table', table, ...more);
      await vi.waitFor(async () => expect((await runHere('info', path)).code).toBe(0), 30_000);
      for (const table of ['frames', 'pages', 'vmas']) {
        const { code, out: printed, error } = await csv(table, '--out', out);
        expect({ code, printed }).toEqual({ code: 1, printed: '' });
        expect(error).toContain('is still being written and has no frame yet.');
        expect(existsSync(out)).toBe(false);
      }
      expect(await csv('marks')).toMatchObject({ code: 0, error: '' });
    } finally {
      await writer.stop();
    }
    const { code, error } = await runHere('export', path, '--format', 'csv');
    expect(code).toBe(1);
    expect(error).toContain('no frame');
  });
});

describe('Arrow', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 131_072])('takes %i rows', async (rows) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of exporters.arrow(tableOf(rows))) pieces.push(piece);
    const read = tableFromIPC(Buffer.concat(pieces));
    expect(read.numRows).toBe(rows);
    expect(read.schema.fields.map(({ name }) => name)).toEqual(['n', 't']);
    if (rows > 0) expect(read.get(rows - 1)?.toJSON()).toEqual({ n: BigInt(rows - 1), t: `row ${rows - 1}` });
  });

  it('makes no more rows than a batch ahead of what is taken', async () => {
    const source = tableOf(400_000);
    let taken = 0;
    for await (const piece of exporters.arrow(source)) {
      taken += piece.length;
      // A row takes some 22 bytes.
      expect(source.made - taken / 24).toBeLessThan(2 * 65_536);
    }
    expect(source.made).toBe(400_000);
  });
});

describe('an export that fails', () => {
  it('leaves nothing behind', async () => {
    const path = await recorded();
    // A chunk that cannot be read is in the middle of the table.
    const reader = await RecordingReader.open(path);
    const { offset, length } = reader.places.at(1);
    const frames = reader.index.firstOfChunk(2) - reader.index.firstOfChunk(1);
    await reader.close();
    const bytes = readFileSync(path);
    bytes.fill(0, offset + 80, offset + length - 10);
    writeFileSync(path, bytes);
    for (const format of ['csv', 'json', 'arrow']) {
      const out = folder.path(`out.${format}`);
      const result = await runHere('export', path, '--format', format, '--table', 'pages', '--out', out);
      expect(result).toMatchObject({ code: 1, out: '' });
      expect(existsSync(out)).toBe(false);
    }
    const facts = JSON.parse((await runHere('info', path, '--json')).out) as Record<string, unknown>;
    expect(facts).toMatchObject({ skipped: { chunks: 1, bytes: length, frames } });
    expect(facts['damage']).toMatch(/^One damaged part is left out: [\d,]+ bytes with \d+ frames \(/);
  });

  it('of recover leaves nothing behind either', async () => {
    const path = await recorded();
    const bytes = readFileSync(path);
    // The first chunk's frames are there, and none of them can be shown.
    const reader = await RecordingReader.open(path);
    const [{ offset }] = reader.places;
    await reader.close();
    writeFileSync(path, bytes.subarray(0, offset + 20));
    const before = readdirSync(folder.path('.'));
    expect(await runHere('recover', path)).toMatchObject({ code: 1, out: '' });
    expect(readdirSync(folder.path('.'))).toEqual(before);
  });
});

/** A terminal that keeps what it is sent. */
class Terminal extends Writable {
  readonly isTTY = true;
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

describe('a terminal', () => {
  it('gets no control characters of names', async () => {
    const path = await recorded('\u001b]0;owned\u0007 \u202eevil');
    for (const format of ['csv', 'json']) {
      const stream = new Terminal();
      const output = { out: (text: string) => stream.write(text), error: () => undefined, stream };
      expect(await runProgram(['export', path, '--format', format, '--table', 'marks'], output)).toBe(0);
      expect(stream.text).toContain('owned');
      expect(stream.text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    }
    // A chunk names its compression.
    const records = new McapRecordBuilder();
    records.writeChunk({
      ...{ messageStartTime: 0n, messageEndTime: 0n, uncompressedSize: 8n, uncompressedCrc: 0 },
      ...{ compression: '\u001b]0;owned\u0007\u202e', records: new Uint8Array(8) },
    });
    const strange = folder.path('strange.mcap');
    writeFileSync(strange, Buffer.concat([new McapBuilder().begin(new Map()), records.buffer]));
    // It may still be written to.
    utimesSync(strange, 1, 1);
    for (const args of [
      ['info', strange],
      ['info', strange, '--json'],
      ['recover', strange],
    ]) {
      const { out, error } = await runHere(...args);
      expect(out + error, args.join(' ')).toContain('owned');
      expect(out + error, args.join(' ')).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
    }
    const { error } = await runHere('info', folder.path('\u001b[31m.mcap'));
    expect(error).toContain('\ufffd[31m.mcap');
    expect(error).not.toContain('\u001b');
  });
});

describe('a file', () => {
  it('may be named by a URL', async () => {
    const path = await recorded();
    const { href } = pathToFileURL(path);
    expect(JSON.parse((await runHere('info', href, '--json')).out)).toMatchObject({ path, frames: 60 });
    expect(await runHere('info', 'file://elsewhere/a.mcap')).toMatchObject({ code: 2, out: '' });
    expect(statSync(path).size).toBeGreaterThan(0);
  });
});

describe('the table of counts', () => {
  it('has each page that was written, by how often, as the frames have it', async () => {
    const path = await recorded();
    const table = async (name: string, ...more: string[]) => {
      const { code, out } = await runHere('export', path, '--format', 'json', '--table', name, ...more);
      expect(code).toBe(0);
      return out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, string | number>);
    };
    const times = (await table('frames')).map(({ seconds }) => Number(seconds));
    const span = ['--from', String(times[20]), '--to', String(times[51])];
    const pagesOf = ({ address, pages }: Record<string, string | number>): number[] =>
      Array.from({ length: Number(pages) }, (_, i) => Number(BigInt(address) / 4096n) + i);
    const sums = new Map<number, number>();
    for (const row of await table('pages', ...span))
      if (row['event'] === 'written')
        for (const page of pagesOf(row)) sums.set(page, (sums.get(page) ?? 0) + 1);
    const rows = await table('counts', ...span);
    const found = rows.flatMap((row) =>
      pagesOf(row).map((page) => [page, Number(row['written_intervals'])] as const),
    );
    expect(new Set(rows.map((row) => row['counted_intervals']))).toEqual(new Set([32]));
    expect(found.length).toBeGreaterThan(10);
    for (const [page, count] of found) expect(count).toBeLessThanOrEqual(sums.get(page) ?? 0);
    expect(rows.some((row) => row['class'] === 'every')).toBe(true);
  });
});
