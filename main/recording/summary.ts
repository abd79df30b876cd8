/** The end of a recording: where its chunks are, and its index. */
import { crc32 } from 'node:zlib';
import type { Mark, OperationRecord, ProcessEvent } from '#shared/contract/recording.ts';
import { damaged } from './bytes.ts';
import { INDEX_NAME, METADATA } from './channels.ts';
import { ChunkPlaces, type ChunkPlace } from './chunk-places.ts';
import type { FrameIndex } from './frame-index.ts';
import { IndexReader } from './index-attachment.ts';
import type { Input } from './input-file.ts';
import {
  Fields,
  Opcode,
  parseAttachment,
  parseAttachmentIndex,
  parseChannel,
  parseChunkIndex,
  parseMetadata,
  parseMetadataIndex,
  RECORD_HEADER,
  recordsIn,
  type NamedPlace,
} from './mcap-parse.ts';
import { Channels, MAX_CHUNK_BYTES } from './records.ts';

export const MAGIC = Uint8Array.of(0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a);
/** Where the summary begins, where its offsets do, and its checksum. */
const FOOTER_BYTES = 8 + 8 + 4;
const TAIL = RECORD_HEADER + FOOTER_BYTES + MAGIC.length;
/** The summary of 58 hours has 40 MiB. */
const MAX_SUMMARY_BYTES = 64 * 2 ** 20;
/** A part of the index, compressed, with its notes. */
const MAX_ATTACHMENT_BYTES = 24 * 2 ** 20;
const MAX_INDEX_PARTS = 64;
const MAX_METADATA_BYTES = 2 ** 21;

/** What is known about a recording without its frames. */
export interface Contents {
  readonly channels: Channels;
  readonly chunks: ChunkPlaces;
  readonly index: FrameIndex;
  readonly operations: readonly OperationRecord[];
  readonly marks: readonly Mark[];
  readonly processEvents: readonly ProcessEvent[];
  readonly metadata: ReadonlyMap<string, string> | null;
}

/** Everything from the end of the file. Throws if anything in it is not as it must be. */
export async function readSummary(file: Input): Promise<Contents> {
  const { size } = await file.facts();
  const summary = await summaryBytes(file, size);
  const channels = new Channels();
  const chunks = new ChunkPlaces();
  const attachments: NamedPlace[] = [];
  let metadataAt: NamedPlace | null = null;
  let end = 0;
  const fields = new Fields(summary, 0);
  for (const { opcode, at } of recordsIn(summary)) {
    fields.at = at;
    if (opcode === Opcode.CHANNEL) channels.add(parseChannel(summary, at));
    if (opcode === Opcode.CHUNK_INDEX) {
      const place = parseChunkIndex(fields);
      // In the order of the file, none within another.
      if (place.offset < end) throw damaged('chunks that overlap');
      end = checkedEnd(place, size, MAX_CHUNK_BYTES);
      chunks.add(place);
    }
    if (opcode === Opcode.ATTACHMENT_INDEX) {
      const place = parseAttachmentIndex(fields);
      if (place.name.startsWith(`${INDEX_NAME}/`)) attachments.push(place);
      if (attachments.length > MAX_INDEX_PARTS) throw damaged('more parts of an index than there can be');
    }
    if (opcode === Opcode.METADATA_INDEX) {
      const place = parseMetadataIndex(fields);
      if (place.name === METADATA) metadataAt ??= place;
    }
  }
  const number = ({ name }: NamedPlace): number => Number(name.slice(INDEX_NAME.length + 1));
  if (attachments.length === 0) throw damaged('no index');
  // One after another: each is some megabytes, and only what comes out is kept.
  const parts = new IndexReader(chunks.length);
  let more = attachments.length;
  for (const place of attachments.sort((a, b) => number(a) - number(b)))
    parts.add(parseAttachment(await readPlace(file, place, size, MAX_ATTACHMENT_BYTES)), --more);
  const metadata =
    metadataAt === null
      ? null
      : parseMetadata(await readPlace(file, metadataAt, size, MAX_METADATA_BYTES)).values;
  return { channels, chunks, index: parts.index, ...parts.notes, metadata };
}

/** The records of the summary, without the footer; its checksum is checked. */
async function summaryBytes(file: Input, size: number): Promise<Uint8Array> {
  if (size < TAIL) throw damaged('no end');
  const tail = await file.read(size - TAIL, TAIL);
  const magic = tail.subarray(TAIL - MAGIC.length);
  if (tail[0] !== Opcode.FOOTER || !MAGIC.every((byte, i) => magic[i] === byte)) throw damaged('no end');
  const fields = new Fields(tail);
  const start = fields.size();
  fields.u64();
  const crc = fields.u32();
  const length = size - TAIL - start;
  if (start === 0 || length < 0 || length > MAX_SUMMARY_BYTES) throw damaged('no summary');
  // With the footer up to its checksum.
  const covered = await file.read(start, length + RECORD_HEADER + FOOTER_BYTES - 4);
  if (crc !== 0 && crc32(covered) !== crc) throw damaged('the summary has a wrong checksum');
  return covered.subarray(0, length);
}

function checkedEnd({ offset, length }: ChunkPlace, size: number, most: number): number {
  if (length > most || offset + length > size) throw damaged('invalid record length');
  return offset + length;
}

async function readPlace(file: Input, place: ChunkPlace, size: number, most: number): Promise<Uint8Array> {
  checkedEnd(place, size, most);
  return file.read(place.offset, place.length);
}
