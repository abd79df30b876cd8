/**
 * The bytes of an MCAP file, in the order in which they are written. The package's own writer decides itself when a
 * chunk ends; here a chunk must end each second, so that a crash costs no more, and the records are put together from
 * the package's record and chunk builders.
 */
import { crc32 } from 'node:zlib';
import { McapChunkBuilder, McapRecordBuilder, Opcode, type McapTypes } from '@mcap/core';
import { FRAME_ENCODING, METADATA, PROFILE, SCHEMAS, TOPICS, type Topic } from './channels.ts';
import { MAX_EXPANSION } from './work-budget.ts';
import { compressPadded } from './zstd.ts';

const library = 'soft-dirty-inspector';
const encoder = new TextEncoder();

/** Position and contents of a written chunk. */
export interface WrittenChunk {
  readonly index: McapTypes.ChunkIndex;
  /** Messages by channel. */
  readonly messages: ReadonlyMap<number, number>;
}

export class McapBuilder {
  private readonly records = new McapRecordBuilder();
  private readonly chunk = new McapChunkBuilder({ useMessageIndex: true });
  private readonly counted = new Map<number, number>();
  private readonly attachments: McapTypes.AttachmentIndex[] = [];
  private readonly metadata: McapTypes.MetadataIndex[] = [];
  readonly chunks: WrittenChunk[] = [];
  /** Bytes given out so far: where the next ones go. */
  position = 0;

  /** The beginning: header, metadata, schemas and channels; all that a file without its end still has. */
  begin(metadata: ReadonlyMap<string, string>): Uint8Array {
    const { records } = this;
    records.writeMagic();
    records.writeHeader({ profile: PROFILE, library });
    const offset = BigInt(records.length);
    const length = records.writeMetadata({ name: METADATA, metadata: new Map(metadata) });
    this.metadata.push({ name: METADATA, offset, length });
    this.writeChannels();
    return this.give();
  }

  /** Adds a message to the open chunk. @param time nanoseconds since 1970 */
  add(topic: Topic, sequence: number, time: bigint, data: Uint8Array | string): void {
    const channelId = TOPICS.indexOf(topic);
    this.chunk.addMessage({
      channelId,
      sequence: sequence >>> 0,
      logTime: time,
      publishTime: time,
      data: typeof data === 'string' ? encoder.encode(data) : data,
    });
    this.counted.set(channelId, (this.counted.get(channelId) ?? 0) + 1);
  }

  /** Bytes in the open chunk, before compression; 0 if nothing is in it. */
  get openBytes(): number {
    return this.chunk.byteLength;
  }

  /** Ends the open chunk; null if nothing is in it. */
  finishChunk(): Uint8Array | null {
    const { chunk, records } = this;
    if (chunk.numMessages === 0) return null;
    const content = chunk.buffer;
    const compressed = compressPadded(content, MAX_EXPANSION);
    const { messageStartTime, messageEndTime } = chunk;
    const uncompressedSize = BigInt(content.length);
    const chunkLength = records.writeChunk({
      messageStartTime,
      messageEndTime,
      uncompressedSize,
      uncompressedCrc: crc32(content),
      compression: 'zstd',
      records: compressed,
    });
    const start = BigInt(this.position);
    const messageIndexOffsets = new Map<number, bigint>();
    let messageIndexLength = 0n;
    for (const index of chunk.indices) {
      messageIndexOffsets.set(index.channelId, start + chunkLength + messageIndexLength);
      messageIndexLength += records.writeMessageIndex(index);
    }
    this.chunks.push({
      index: {
        messageStartTime,
        messageEndTime,
        chunkStartOffset: start,
        chunkLength,
        messageIndexOffsets,
        messageIndexLength,
        compression: 'zstd',
        compressedSize: BigInt(compressed.length),
        uncompressedSize,
      },
      messages: new Map(this.counted),
    });
    this.counted.clear();
    chunk.reset();
    return this.give();
  }

  /**
   * Takes back the chunks that begin at `position` or after it, and everything else from there on: it could not be
   * written. @returns how many chunks are left
   */
  takeBack(position: number): number {
    const { chunks } = this;
    while (chunks.length > 0 && Number(chunks[chunks.length - 1].index.chunkStartOffset) >= position)
      chunks.pop();
    this.attachments.length = 0;
    this.position = position;
    return chunks.length;
  }

  attachment(name: string, time: bigint, data: Uint8Array): Uint8Array {
    const mediaType = 'application/octet-stream';
    const length = this.records.writeAttachment({ logTime: time, createTime: time, name, mediaType, data });
    this.attachments.push({
      logTime: time,
      createTime: time,
      name,
      mediaType,
      offset: BigInt(this.position),
      length,
      dataSize: BigInt(data.byteLength),
    });
    return this.give();
  }

  /** The end: summary and footer. */
  end(): Uint8Array {
    const { records } = this;
    records.writeDataEnd({ dataSectionCrc: 0 });
    const summaryStart = BigInt(this.position) + BigInt(records.length);
    const dataEnd = records.length;
    const groups: McapTypes.SummaryOffset[] = [];
    const group = (groupOpcode: Opcode, write: () => void): void => {
      const before = records.length;
      write();
      const groupLength = BigInt(records.length - before);
      const groupStart = BigInt(this.position + before);
      if (groupLength > 0n) groups.push({ groupOpcode, groupStart, groupLength });
    };
    group(Opcode.SCHEMA, () => this.writeSchemas());
    group(Opcode.CHANNEL, () => this.writeChannelRecords());
    group(Opcode.STATISTICS, () => records.writeStatistics(this.statistics()));
    group(Opcode.METADATA_INDEX, () => this.metadata.forEach((index) => records.writeMetadataIndex(index)));
    group(Opcode.ATTACHMENT_INDEX, () =>
      this.attachments.forEach((index) => records.writeAttachmentIndex(index)),
    );
    group(Opcode.CHUNK_INDEX, () => this.chunks.forEach(({ index }) => records.writeChunkIndex(index)));
    const summaryOffsetStart = BigInt(this.position) + BigInt(records.length);
    for (const offset of groups) records.writeSummaryOffset(offset);
    // The checksum covers the summary and the footer up to itself.
    const footer = Buffer.alloc(25);
    footer.writeUInt8(Opcode.FOOTER, 0);
    footer.writeBigUInt64LE(20n, 1);
    footer.writeBigUInt64LE(summaryStart, 9);
    footer.writeBigUInt64LE(summaryOffsetStart, 17);
    const summaryCrc = crc32(footer, crc32(records.buffer.subarray(dataEnd)));
    records.writeFooter({ summaryStart, summaryOffsetStart, summaryCrc });
    records.writeMagic();
    return this.give();
  }

  private statistics(): McapTypes.Statistics {
    const channelMessageCounts = new Map<number, bigint>();
    let messageCount = 0n;
    for (const { messages } of this.chunks) {
      for (const [channel, count] of messages) {
        channelMessageCounts.set(channel, (channelMessageCounts.get(channel) ?? 0n) + BigInt(count));
        messageCount += BigInt(count);
      }
    }
    return {
      messageCount,
      schemaCount: TOPICS.length,
      channelCount: TOPICS.length,
      attachmentCount: this.attachments.length,
      metadataCount: this.metadata.length,
      chunkCount: this.chunks.length,
      messageStartTime: this.chunks.at(0)?.index.messageStartTime ?? 0n,
      messageEndTime: this.chunks.reduce(
        (last, { index }) => (index.messageEndTime > last ? index.messageEndTime : last),
        0n,
      ),
      channelMessageCounts,
    };
  }

  private writeChannels(): void {
    this.writeSchemas();
    this.writeChannelRecords();
  }

  private writeSchemas(): void {
    TOPICS.forEach((topic, i) => {
      const { name, encoding, data } = SCHEMAS[topic];
      this.records.writeSchema({ id: i + 1, name, encoding, data: encoder.encode(data) });
    });
  }

  private writeChannelRecords(): void {
    TOPICS.forEach((topic, id) => {
      const messageEncoding = topic === '/frames' ? FRAME_ENCODING : 'json';
      this.records.writeChannel({ id, schemaId: id + 1, topic, messageEncoding, metadata: new Map() });
    });
  }

  private give(): Uint8Array {
    const bytes = this.records.buffer.slice();
    this.records.reset();
    this.position += bytes.length;
    return bytes;
  }
}
