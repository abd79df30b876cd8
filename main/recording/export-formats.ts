import { csvField, escapeFormula } from '#shared/csv.ts';
import type { Cell, Table } from './export-rows.ts';

/** A table as bytes, piece by piece. */
export type Exporter = (table: Table) => AsyncGenerator<Uint8Array>;

export const FORMATS = ['csv', 'json', 'arrow'] as const;
export type Format = (typeof FORMATS)[number];

/** Text is passed on in pieces of about this length. */
const PIECE = 1 << 16;
/** Rows of one Arrow record batch. */
const BATCH = 65_536;

export const exporters: Readonly<Record<Format, Exporter>> = {
  csv: (table) => lines(table, csvHead(table), csvRow),
  json: (table) => lines(table, '', jsonRow),
  arrow,
};

async function* lines(
  table: Table,
  head: string,
  line: (row: readonly Cell[], table: Table) => string,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let piece = head;
  for await (const row of table.rows()) {
    piece += line(row, table);
    if (piece.length < PIECE) continue;
    yield encoder.encode(piece);
    piece = '';
  }
  yield encoder.encode(piece);
}

/** RFC 4180, but lines end with a line feed alone. */
const csvHead = ({ columns }: Table): string => `${columns.map(({ name }) => name).join(',')}\n`;
const csvRow = (row: readonly Cell[]): string =>
  `${row.map((cell) => csvField(escapeFormula(cell))).join(',')}\n`;

/** One object per line. */
function jsonRow(row: readonly Cell[], { columns }: Table): string {
  return `${JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])))}\n`;
}

/**
 * The Arrow IPC stream format, in record batches. Each batch is passed on before the next one is made, so that memory
 * does not grow with the table.
 */
async function* arrow(table: Table): AsyncGenerator<Uint8Array> {
  const library = await import('apache-arrow');
  const { Field, Float64, Int64, RecordBatchStreamWriter, Schema, Utf8, vectorFromArray } = library;
  const types = { text: () => new Utf8(), integer: () => new Int64(), real: () => new Float64() };
  const names = table.columns.map(({ name }) => name);
  const schema = new Schema(table.columns.map(({ name, type }) => Field.new(name, types[type](), false)));
  const writer = new RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  const queue = new Drain(writer[Symbol.asyncIterator]());
  let columns: Cell[][] = names.map(() => []);
  const writeBatch = (): void => {
    const vectors = columns.map((cells, i) => {
      const { type } = table.columns[i];
      return vectorFromArray(type === 'integer' ? cells.map(BigInt) : cells, types[type]());
    });
    const rows = new library.Table(
      schema,
      Object.fromEntries(vectors.map((vector, i) => [names[i], vector])),
    );
    for (const batch of rows.batches) writer.write(batch);
    columns = names.map(() => []);
  };
  for await (const row of table.rows()) {
    row.forEach((cell, i) => columns[i].push(cell));
    if (columns[0].length < BATCH) continue;
    writeBatch();
    yield* queue.ready();
  }
  // A batch without rows is not written.
  if (columns[0].length > 0) writeBatch();
  writer.close();
  yield* queue.rest();
}

/** Takes everything out of a writer's queue, which does not show whether it is empty. */
class Drain {
  private readonly pieces: AsyncIterator<Uint8Array>;
  private next: Promise<IteratorResult<Uint8Array>> | null = null;

  constructor(pieces: AsyncIterator<Uint8Array>) {
    this.pieces = pieces;
  }

  /** What is there now. */
  async *ready(): AsyncGenerator<Uint8Array> {
    for (;;) {
      this.next ??= this.pieces.next();
      // What is queued arrives before the next turn of the event loop.
      const found = await Promise.race([this.next, new Promise<null>((done) => setImmediate(done, null))]);
      if (found === null || found.done === true) return;
      this.next = null;
      yield found.value;
    }
  }

  /** What is left, after the writer was closed. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const found = await (this.next ?? this.pieces.next());
      this.next = null;
      if (found.done === true) return;
      yield found.value;
    }
  }
}
