/**
 * The checks of MCAP's own `mcap doctor`, and those that its specification asks for besides: what other readers rely on.
 * It shares no code with this program's reader.
 */
import { crc32 } from 'node:zlib';
import { McapStreamReader, type McapTypes } from '@mcap/core';
import { decompress } from '../zstd.ts';

type Records = McapTypes.TypedMcapRecords;

export interface Diagnosis {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

const MAGIC = 8;
const HEADER = 9;
const FOOTER = HEADER + 20 + MAGIC;
const OPCODES: Readonly<Record<string, number>> = {
  Schema: 3,
  Channel: 4,
  ChunkIndex: 8,
  AttachmentIndex: 10,
  Statistics: 11,
  MetadataIndex: 13,
};

/** Examines a whole file. Throws if it cannot be read as MCAP at all. */
export function examine(bytes: Uint8Array): Diagnosis {
  const doctor = new Doctor(bytes);
  doctor.run();
  const { errors, warnings } = doctor;
  return { errors, warnings };
}

interface Placed {
  readonly at: number;
  readonly end: number;
  readonly record: McapTypes.TypedMcapRecord;
}

class Doctor implements Diagnosis {
  readonly errors: string[] = [];
  readonly warnings: string[] = [];
  private readonly bytes: Uint8Array;
  private readonly schemas = new Map<number, Records['Schema']>();
  private readonly channels = new Map<number, Records['Channel']>();
  private readonly summarySchemas = new Set<number>();
  private readonly summaryChannels = new Set<number>();
  private readonly chunks = new Map<number, Placed & { record: Records['Chunk'] }>();
  private readonly referenced = new Map<number, Set<number>>();
  private readonly counts = new Map<number, bigint>();
  private messages = 0n;
  private first: bigint | null = null;
  private latest = 0n;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  run(): void {
    const placed = readRecords(this.bytes);
    const dataEnd = placed.findIndex(({ record }) => record.type === 'DataEnd');
    if (placed[0]?.record.type !== 'Header') this.errors.push('the first record is no Header');
    if (dataEnd < 0) this.errors.push('there is no DataEnd');
    if (placed.at(-1)?.record.type !== 'Footer') this.errors.push('the last record is no Footer');
    const data = placed.slice(0, dataEnd);
    const summary = placed.slice(dataEnd + 1);
    this.data(data);
    this.dataEnd(placed[dataEnd]);
    this.summary(summary, data);
  }

  private data(placed: readonly Placed[]): void {
    placed.forEach(({ record, at, end }, i) => {
      switch (record.type) {
        case 'Header':
          if (record.library === '') this.warnings.push('Header.library is empty');
          break;
        case 'Schema':
          this.schema(record, false);
          break;
        case 'Channel':
          this.channel(record, false);
          break;
        case 'Chunk':
          this.chunks.set(at, { at, end, record });
          this.chunk(record, at, indexesAfter(placed, i));
          break;
        case 'MessageIndex':
          if (!['Chunk', 'MessageIndex'].includes(placed[i - 1].record.type))
            this.errors.push(`a MessageIndex at ${at} without a chunk before it`);
          break;
        case 'Message':
          this.errors.push(`a message outside of chunks at ${at}`);
          break;
        case 'Attachment':
        case 'Metadata':
          break;
        default:
          this.errors.push(`a ${record.type} in the data section at ${at}`);
      }
    });
  }

  private schema(record: Records['Schema'], inSummary: boolean): void {
    const { id, name, encoding, data } = record;
    if (id === 0) this.errors.push('schema 0 is reserved');
    if (encoding === '' && data.length > 0) this.errors.push(`schema ${id} has data and no encoding`);
    if (encoding === '' && data.length === 0) this.warnings.push(`schema ${id} has no encoding and no data`);
    if (encoding === 'jsonschema') JSON.parse(Buffer.from(data).toString());
    const before = this.schemas.get(id);
    if (before && (before.name !== name || before.encoding !== encoding || !sameBytes(before.data, data)))
      this.errors.push(`schema ${id} is there twice and differs`);
    if (inSummary) {
      if (!before) this.errors.push(`schema ${id} is in the summary alone`);
      this.summarySchemas.add(id);
    } else {
      if (before) this.warnings.push(`schema ${id} is in the data section twice`);
      this.schemas.set(id, { ...record, data: data.slice() });
    }
  }

  private channel(record: Records['Channel'], inSummary: boolean): void {
    const { id, schemaId } = record;
    const before = this.channels.get(id);
    const text = (channel: Records['Channel']): string =>
      JSON.stringify([channel.topic, channel.messageEncoding, channel.schemaId, [...channel.metadata]]);
    if (before && text(before) !== text(record)) this.errors.push(`channel ${id} is there twice and differs`);
    if (inSummary) {
      if (!before) this.errors.push(`channel ${id} is in the summary alone`);
      this.summaryChannels.add(id);
    } else {
      if (before) this.warnings.push(`channel ${id} is in the data section twice`);
      this.channels.set(id, record);
    }
    if (schemaId !== 0 && !this.schemas.has(schemaId))
      this.errors.push(`channel ${id} has an unknown schema ${schemaId}`);
  }

  private chunk(chunk: Records['Chunk'], at: number, indexes: readonly Records['MessageIndex'][]): void {
    const { compression, uncompressedCrc, records } = chunk;
    if (compression !== 'zstd') return void this.errors.push(`chunk ${at} has compression "${compression}"`);
    const size = Number(chunk.uncompressedSize);
    const content = decompress(records, size, size);
    if (uncompressedCrc === 0) this.warnings.push(`chunk ${at} has no CRC`);
    else if (crc32(content) !== uncompressedCrc) this.errors.push(`chunk ${at} has a wrong CRC`);
    const found = new Map<number, [bigint, bigint][]>();
    let start: bigint | null = null;
    let end = 0n;
    for (const { record, at: offset } of readRecords(content, true)) {
      if (record.type !== 'Message') {
        this.errors.push(`a ${record.type} in chunk ${at}`);
        continue;
      }
      const { channelId, logTime } = record;
      if (!this.channels.has(channelId)) this.errors.push(`a message of unknown channel ${channelId}`);
      if (logTime < this.latest) this.warnings.push(`a message at ${logTime} after one at ${this.latest}`);
      if (start === null || logTime < start) start = logTime;
      if (logTime > end) end = logTime;
      if (logTime > this.latest) this.latest = logTime;
      this.messages++;
      this.counts.set(channelId, (this.counts.get(channelId) ?? 0n) + 1n);
      found.set(channelId, [...(found.get(channelId) ?? []), [logTime, BigInt(offset)]]);
    }
    if (start === null) return void this.errors.push(`chunk ${at} is empty`);
    if (this.first === null || start < this.first) this.first = start;
    if (start !== chunk.messageStartTime || end !== chunk.messageEndTime)
      this.errors.push(`chunk ${at} has other times than its messages`);
    this.referenced.set(at, new Set(found.keys()));
    this.indexes(at, found, indexes);
  }

  private indexes(
    at: number,
    found: ReadonlyMap<number, [bigint, bigint][]>,
    indexes: readonly Records['MessageIndex'][],
  ): void {
    const text = (entries: readonly (readonly [bigint, bigint])[]): string => entries.join(' ');
    if (new Set(indexes.map(({ channelId }) => channelId)).size !== indexes.length)
      this.warnings.push(`chunk ${at} has two indexes of a channel`);
    for (const { channelId, records } of indexes) {
      const entries = records as readonly [bigint, bigint][];
      if (entries.some(([time], i) => i > 0 && time < entries[i - 1][0]))
        this.errors.push(`the index of channel ${channelId} after chunk ${at} is not in order`);
      if (text(entries) !== text(found.get(channelId) ?? []))
        this.errors.push(`the index of channel ${channelId} after chunk ${at} is wrong`);
    }
    for (const channelId of found.keys())
      if (!indexes.some((index) => index.channelId === channelId))
        this.warnings.push(`channel ${channelId} has no index after chunk ${at}`);
  }

  private dataEnd({ record, at }: Placed): void {
    if (record.type !== 'DataEnd') return;
    const { dataSectionCrc } = record;
    if (dataSectionCrc !== 0 && dataSectionCrc !== crc32(this.bytes.subarray(0, at)))
      this.errors.push('DataEnd has a wrong CRC');
  }

  private summary(summary: readonly Placed[], data: readonly Placed[]): void {
    const statistics: Records['Statistics'][] = [];
    const chunkIndexes: Records['ChunkIndex'][] = [];
    const attachments: Records['AttachmentIndex'][] = [];
    const metadata: Records['MetadataIndex'][] = [];
    for (const { record } of summary) {
      if (record.type === 'Schema') this.schema(record, true);
      else if (record.type === 'Channel') this.channel(record, true);
      else if (record.type === 'Statistics') statistics.push(record);
      else if (record.type === 'ChunkIndex') chunkIndexes.push(record);
      else if (record.type === 'AttachmentIndex') attachments.push(record);
      else if (record.type === 'MetadataIndex') metadata.push(record);
    }
    for (const index of chunkIndexes) this.chunkIndex(index);
    if (chunkIndexes.length !== this.chunks.size)
      this.errors.push(`${chunkIndexes.length} chunk indexes of ${this.chunks.size} chunks`);
    this.statistics(statistics, data);
    this.placesOf('Attachment', attachments, data);
    this.placesOf('Metadata', metadata, data);
    this.footer(summary);
  }

  private chunkIndex(index: Records['ChunkIndex']): void {
    const at = Number(index.chunkStartOffset);
    const chunk = this.chunks.get(at);
    if (!chunk) return void this.errors.push(`a chunk index leads to ${at}, where no chunk is`);
    const { record, end } = chunk;
    const same =
      Number(index.chunkLength) === end - at &&
      index.messageStartTime === record.messageStartTime &&
      index.messageEndTime === record.messageEndTime &&
      index.compression === record.compression &&
      Number(index.compressedSize) === record.records.byteLength &&
      index.uncompressedSize === record.uncompressedSize;
    if (!same) this.errors.push(`the chunk index of ${at} differs from the chunk`);
    for (const channelId of this.referenced.get(at) ?? []) {
      const schemaId = this.channels.get(channelId)?.schemaId ?? 0;
      if (!this.summaryChannels.has(channelId))
        this.errors.push(`channel ${channelId} of chunk ${at} is not in the summary`);
      if (!this.summarySchemas.has(schemaId))
        this.errors.push(`schema ${schemaId} of chunk ${at} is not in the summary`);
      const place = Number(index.messageIndexOffsets.get(channelId) ?? 0n);
      if (this.bytes[place] !== 7 || this.view(place + HEADER).getUint16(0, true) !== channelId)
        this.errors.push(`no index of channel ${channelId} at ${place}`);
    }
  }

  private statistics(all: readonly Records['Statistics'][], data: readonly Placed[]): void {
    if (all.length !== 1) return void this.errors.push(`${all.length} Statistics`);
    const [stated] = all;
    const count = (type: string): number => data.filter(({ record }) => record.type === type).length;
    const pairs: [string, unknown, unknown][] = [
      ['messages', stated.messageCount, this.messages],
      ['schemas', stated.schemaCount, count('Schema')],
      ['channels', stated.channelCount, count('Channel')],
      ['attachments', stated.attachmentCount, count('Attachment')],
      ['metadata', stated.metadataCount, count('Metadata')],
      ['chunks', stated.chunkCount, this.chunks.size],
      ['start', stated.messageStartTime, this.first ?? 0n],
      ['end', stated.messageEndTime, this.latest],
    ];
    for (const [channel, messages] of this.counts)
      pairs.push([`messages of channel ${channel}`, stated.channelMessageCounts.get(channel), messages]);
    for (const [what, saying, is] of pairs)
      if (saying !== is) this.errors.push(`Statistics: ${what} ${String(saying)}, there are ${String(is)}`);
  }

  private placesOf(
    type: 'Attachment' | 'Metadata',
    indexes: readonly { offset: bigint; length: bigint; name: string }[],
    data: readonly Placed[],
  ): void {
    const text = (parts: readonly (readonly unknown[])[]): string =>
      parts.map((part) => part.join(':')).join(' ');
    const stated = text(indexes.map(({ offset, length, name }) => [offset, length, name]));
    const are = data.flatMap(({ record, at, end }) =>
      record.type === type ? [[at, end - at, (record as { name: string }).name]] : [],
    );
    if (stated !== text(are)) this.errors.push(`${type} indexes differ from the records`);
  }

  private footer(summary: readonly Placed[]): void {
    const last = summary.at(-1);
    if (last?.record.type !== 'Footer') return;
    const { summaryStart, summaryOffsetStart, summaryCrc } = last.record;
    if (Number(summaryStart) !== summary[0].at) this.errors.push('summary_start leads elsewhere');
    const upTo = this.bytes.length - MAGIC - 4;
    if (summaryCrc !== 0 && crc32(this.bytes.subarray(Number(summaryStart), upTo)) !== summaryCrc)
      this.errors.push('the summary has a wrong CRC');
    if (this.bytes.length - last.at !== FOOTER) this.errors.push('something follows the footer');
    const offsets = summary.filter(({ record }) => record.type === 'SummaryOffset');
    if (offsets.length > 0 && offsets[0].at !== Number(summaryOffsetStart))
      this.errors.push('summary_offset_start leads elsewhere');
    for (const { record } of offsets) {
      if (record.type !== 'SummaryOffset') continue;
      const { groupOpcode, groupStart, groupLength } = record;
      const group = summary.filter(({ record: { type } }) => OPCODES[type] === groupOpcode);
      if (group.at(0)?.at !== Number(groupStart) || group.at(-1)?.end !== Number(groupStart + groupLength))
        this.errors.push(`the summary offset of opcode ${groupOpcode} leads elsewhere`);
    }
  }

  private view(at: number): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + at);
  }
}

/** The MessageIndex records directly after record `i`. */
function indexesAfter(placed: readonly Placed[], i: number): Records['MessageIndex'][] {
  const result: Records['MessageIndex'][] = [];
  for (let next = i + 1; next < placed.length; next++) {
    const { record } = placed[next];
    if (record.type !== 'MessageIndex') break;
    result.push(record);
  }
  return result;
}

/** Every record with its place. The package's reader checks attachment CRCs. */
function readRecords(bytes: Uint8Array, inChunk = false): Placed[] {
  const result: Placed[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new McapStreamReader({
    noMagicPrefix: inChunk,
    includeChunks: true,
    validateCrcs: true,
    decompressHandlers: { zstd: (compressed, size) => decompress(compressed, Number(size), Number(size)) },
  });
  let at = inChunk ? 0 : MAGIC;
  const last = inChunk ? bytes.length : bytes.length - MAGIC;
  if (!inChunk) reader.append(bytes.subarray(0, MAGIC));
  // Messages in a chunk need their channels, which are outside: those are parsed by hand.
  while (at < last) {
    const end = at + HEADER + Number(view.getBigUint64(at + 1, true));
    if (end > last) throw new Error(`the record at ${at} goes beyond the end`);
    // A footer is taken with the magic after it.
    const stop = bytes[at] === 2 ? bytes.length : end;
    const record = inChunk ? messageAt(view, at, end) : only(reader, bytes.slice(at, stop));
    if (record !== null) result.push({ at, end, record });
    at = end;
  }
  return result;
}

function messageAt(view: DataView, at: number, end: number): McapTypes.TypedMcapRecord {
  if (view.getUint8(at) !== 5) return { type: 'Unknown', opcode: view.getUint8(at), data: new Uint8Array(0) };
  const body = at + HEADER;
  return {
    type: 'Message',
    channelId: view.getUint16(body, true),
    sequence: view.getUint32(body + 2, true),
    logTime: view.getBigUint64(body + 6, true),
    publishTime: view.getBigUint64(body + 14, true),
    data: new Uint8Array(view.buffer, view.byteOffset + body + 22, end - body - 22),
  };
}

/** The record in `bytes`; a chunk is followed by its messages, which are checked separately. */
function only(reader: McapStreamReader, bytes: Uint8Array): McapTypes.TypedMcapRecord | null {
  reader.append(bytes);
  const record = reader.nextRecord();
  if (record?.type === 'Chunk') while (reader.nextRecord() !== undefined);
  return record ?? null;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
