import { open, rm } from 'node:fs/promises';
import { InspectorError } from '#shared/contract/errors.ts';
import { exporters, FORMATS, type Format } from '../recording/export-formats.ts';
import { tableOf, TABLES, type TableName } from '../recording/export-rows.ts';
import { exportStacks, STACK_FORMATS, type StackFormat } from '../recording/writers/export-stacks.ts';
import { readMarks } from '../recording/marks-file.ts';
import { fileError } from '../recording/file-errors.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { EXIT_OK, usageError, type Command, type Output, withOptions } from './command.ts';
import { interruptible } from './interruptible.ts';
import { BadValue, decimal, oneFile, oneOf } from './option-values.ts';
import { PacedWriter } from './paced-writer.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { printable, printableLines } from './terminal-text.ts';

const ALL_FORMATS = [...FORMATS, ...STACK_FORMATS] as const;

const syntax = (): Syntax =>
  newSyntax('soft-dirty export')
    .usage(`FILE --format ${ALL_FORMATS.join('|')} [options]`)
    .description('Writes a table of a recording, to standard output or to a new file.')
    .argument('[FILE...]', 'the recording')
    .option(
      '--format <FORMAT>',
      "csv (a header line, then a line per row; text that a spreadsheet would take for a formula begins with '), json (one JSON object per line), arrow (an Arrow IPC stream: pandas, polars, DuckDB); of --table writers also folded (stacks and their counts, for flame graph programs) or speedscope (a profile for speedscope)",
    )
    .option(
      '--table <NAME>',
      'frames: written pages of each frame by kind of memory; pages: the runs of pages written in each frame; vmas: the memory map, whenever it changed; operations; marks; process_events; writers: which code wrote which pages first in each sample, if it was watched; counts: in how many of the frames from --from to --to (the last 4,096 at most) each page was written, by class, mode interval',
      'frames',
    )
    .option('--from <S>', 'seconds of the recording at which the table begins', '0')
    .option('--to <S>', 'seconds at which it ends; default: the end')
    .option('--out <FILE>', 'never overwritten');

const notes = `Exit codes: 0 written; 1 the recording cannot be read or has no frames, or the file not written; 2 wrong usage.
`;

interface ExportOptions {
  readonly file: string;
  readonly format: Format | StackFormat;
  readonly table: TableName;
  readonly startNs: number;
  readonly endNs: number;
  readonly out: string | null;
}

export const exportCommand: Command = {
  syntax,
  notes,
  run: withOptions('export', parseExportOptions, run),
};

async function run(options: ExportOptions, output: Output): Promise<number> {
  if (options.format === 'arrow' && options.out === null && output.stream?.isTTY === true)
    return usageError(output, 'export', 'arrow is binary: --out FILE, or a pipe');
  await interruptible((signal) => runExport(options, output, signal));
  return EXIT_OK;
}

async function runExport(options: ExportOptions, output: Output, signal: AbortSignal): Promise<void> {
  const { file, format, table, startNs, endNs, out } = options;
  const reader = await RecordingReader.open(file, { signal });
  try {
    if (reader.damage !== null)
      output.error(`${printable(`soft-dirty export: ${file}: ${reader.damage}`)}\n`);
    if (OF_FRAMES.has(table) && reader.index.frames === 0) throw noFrames(reader);
    const marks = (await readMarks(file)) ?? reader.marks;
    const time = { startNs, endNs };
    const pieces = isStacks(format)
      ? exportStacks(reader, time, format)
      : exporters[format](tableOf(reader, table, time, marks));
    await (out === null ? toOutput(pieces, output, signal) : toFile(pieces, out, signal));
  } finally {
    await reader.close();
  }
}

const isStacks = (format: string): format is StackFormat => STACK_FORMATS.some((one) => one === format);

/** Tables that every recording has rows of. */
const OF_FRAMES: ReadonlySet<TableName> = new Set(['frames', 'pages', 'vmas', 'counts']);

/** An empty table would pass for one in which nothing was written. */
const noFrames = ({ path, growing }: RecordingReader): InspectorError =>
  growing
    ? new InspectorError(
        'unsupported',
        `${path} is still being written and has no frame yet.`,
        'Try again in a second.',
      )
    : new InspectorError('damaged-file', `${path} has no frame that can be read.`, '');

interface Values {
  readonly format?: string;
  readonly table: string;
  readonly from: string;
  readonly to?: string;
  readonly out?: string;
}

function parseExportOptions(args: readonly string[]): ExportOptions {
  const { values, words } = parseArguments<Values>(syntax(), args);
  if (values.format === undefined) throw new BadValue(`--format ${ALL_FORMATS.join('|')} is missing`);
  const format = oneOf('--format', values.format, ALL_FORMATS);
  const table = oneOf('--table', values.table, TABLES);
  if (isStacks(format) && table !== 'writers') throw new BadValue(`--format ${format} needs --table writers`);
  const most = Number.MAX_SAFE_INTEGER;
  const time = (option: string, text: string): number => decimal(option, text, 0, 1e6, 'seconds') * 1e9;
  const startNs = time('--from', values.from);
  const endNs = values.to === undefined ? most : time('--to', values.to);
  if (endNs < startNs) throw new BadValue('--to is before --from');
  return {
    file: oneFile(words),
    format,
    table,
    startNs,
    endNs,
    out: values.out ?? null,
  };
}

type Pieces = AsyncGenerator<Uint8Array>;

async function toOutput(pieces: Pieces, output: Output, signal: AbortSignal): Promise<void> {
  const { stream } = output;
  const writer = stream === undefined ? null : new PacedWriter(stream);
  const text = new TextDecoder();
  for await (const piece of pieces) {
    // The reader closed its end.
    if (stream?.destroyed === true) return;
    signal.throwIfAborted();
    if (writer === null) output.out(text.decode(piece, { stream: true }));
    // Names come from the program: a terminal must not interpret them.
    else writer.write(stream?.isTTY === true ? printableLines(text.decode(piece, { stream: true })) : piece);
    await writer?.idle();
  }
}

async function toFile(pieces: Pieces, path: string, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx', 0o644).catch((cause: unknown) => {
    throw fileError(cause, path);
  });
  try {
    for await (const piece of pieces) {
      signal.throwIfAborted();
      await file.writeFile(piece);
    }
    await file.close();
  } catch (cause) {
    await file.close().catch(() => undefined);
    // Created by us: 'wx' fails for an existing file.
    await rm(path, { force: true });
    throw fileError(cause, path);
  }
}
