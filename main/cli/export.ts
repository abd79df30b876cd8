import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { exporters, FORMATS, type Format } from '../recording/export-formats.ts';
import { tableOf, TABLES, type TableName } from '../recording/export-rows.ts';
import { readMarks } from '../recording/marks-file.ts';
import { fileError } from '../recording/output-file.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { EXIT_OK, usageError, type Command, type Output } from './command.ts';
import { BadValue, decimal, oneFile, oneOf } from './option-values.ts';

const usage = `Usage: soft-dirty export FILE --format ${FORMATS.join('|')} [--table ${TABLES.join('|')}]
                         [--from S] [--to S] [--out FILE]

Writes a table of a recording, to standard output or to a new file.

--format csv    a line of names, then a line a row; text that a spreadsheet would take for a formula begins with '
--format json   one JSON object a line
--format arrow  an Arrow IPC stream (pandas, polars, DuckDB)
--table NAME    frames (default): written pages of each frame by kind of memory; pages: the runs of pages written in each
                frame; vmas: the memory map, whenever it changed; operations; marks; process_events
--from, --to    seconds of the recording; default all of it
--out FILE      never overwritten

Exit codes: 0 written; 1 the recording cannot be read, or the file not written; 2 wrong usage.
`;

interface ExportOptions {
  readonly file: string;
  readonly format: Format;
  readonly table: TableName;
  readonly startNs: number;
  readonly endNs: number;
  readonly out: string | null;
}

export const exportCommand: Command = {
  usage,
  async run(args, output) {
    let options: ExportOptions;
    try {
      options = parseExportOptions(args);
    } catch (error) {
      return usageError(output, 'export', (error as Error).message);
    }
    if (options.format === 'arrow' && options.out === null && output.stream?.isTTY === true)
      return usageError(output, 'export', 'arrow is binary: --out FILE, or a pipe');
    const { file, format, table, startNs, endNs, out } = options;
    const reader = await RecordingReader.open(file);
    try {
      if (reader.damage !== null) output.error(`soft-dirty export: ${file}: ${reader.damage}\n`);
      const marks = (await readMarks(file)) ?? reader.marks;
      const pieces = exporters[format](tableOf(reader, table, { startNs, endNs }, marks));
      await (out === null ? toOutput(pieces, output) : toFile(pieces, out));
      return EXIT_OK;
    } finally {
      await reader.close();
    }
  },
};

function parseExportOptions(args: readonly string[]): ExportOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      format: { type: 'string' },
      table: { type: 'string', default: 'frames' },
      from: { type: 'string', default: '0' },
      to: { type: 'string' },
      out: { type: 'string' },
    },
  });
  if (values.format === undefined) throw new BadValue(`which format? --format ${FORMATS.join('|')}`);
  const most = Number.MAX_SAFE_INTEGER;
  const time = (option: string, text: string): number => decimal(option, text, 0, 1e6, 'seconds') * 1e9;
  const startNs = time('--from', values.from);
  const endNs = values.to === undefined ? most : time('--to', values.to);
  if (endNs < startNs) throw new BadValue('--to is before --from');
  return {
    file: oneFile(positionals),
    format: oneOf('--format', values.format, FORMATS),
    table: oneOf('--table', values.table, TABLES),
    startNs,
    endNs,
    out: values.out ?? null,
  };
}

async function toOutput(pieces: AsyncGenerator<Uint8Array>, output: Output): Promise<void> {
  const { stream } = output;
  for await (const piece of pieces) {
    if (stream === undefined) output.out(new TextDecoder().decode(piece));
    else if (stream.destroyed) return;
    else await give(stream, piece);
  }
}

async function give(stream: Writable, piece: Uint8Array): Promise<void> {
  if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
}

async function toFile(pieces: AsyncGenerator<Uint8Array>, path: string): Promise<void> {
  const stream = createWriteStream(path, { flags: 'wx' });
  try {
    await once(stream, 'open');
    for await (const piece of pieces) await give(stream, piece);
    stream.end();
    await once(stream, 'finish');
  } catch (cause) {
    stream.destroy();
    throw fileError(cause, path);
  }
}
