/**
 * A frame as one ArrayBuffer, little-endian:
 *
 *   header       HEADER_BYTES, see `Header`
 *   f64 columns  tile indexes (T); VMA start, end, pgoff (V each); stamps: times (K), tiles (A), lost ranges (L);
 *                earlier stamps: times, tiles
 *   u32 columns  tile masks (T), plane words (W); VMA bits, name, flags, reason (V each); string lengths (S); stamps: words
 *                (A times stampWords(K)); the same for the earlier stamps
 *   u16          UTF-16 code units of all strings (U)
 *
 * Every section follows the previous one without a gap and is aligned for its element, so that decoded tiles are views
 * of the buffer. The counts are in the header and must add up to the buffer's length, therefore nothing is
 * ever allocated beyond it.
 */
import { InspectorError } from '../contract/errors.ts';
import { popcount } from '../memory/bitmap.ts';
import { PAGE_SHIFT, TILE_SHIFT, WORDS_PER_TILE } from '../memory/page.ts';
import { PLANE_COUNT } from '../memory/plane.ts';
import { HEADER_BYTES, roomAround } from './encoded-room.ts';
import type { Frame, FrameTiles } from './frame.ts';
import { MAX_STAMP_TIMES, type FrameStamps, stampWords } from './stamps.ts';
import { packVmas, unpackVmas, VMA_BYTES, type VmaColumns } from './vma-section.ts';

/** "SDIF" as bytes. */
const MAGIC = 0x46494453;
export const FRAME_VERSION = 3;
/** V of a frame whose VMAs did not change. */
const NO_VMAS = 0xffffffff;
/** The last tile of a 64-bit address space. */
const LAST_TILE = 2 ** (64 - PAGE_SHIFT - TILE_SHIFT) - 1;
const PLANE_MASK = (1 << PLANE_COUNT) - 1;

/** Byte offsets of the header's fields; counts are u32, the rest f64, kind and mode one byte each. */
const Header = {
  magic: 0,
  version: 4,
  kind: 6,
  mode: 7,
  sequence: 8,
  base: 16,
  time: 24,
  scanNs: 32,
  writtenPages: 40,
  merged: 48,
  tiles: 52,
  words: 56,
  vmas: 60,
  strings: 64,
  units: 68,
  /** The stamps; no times if there are none. */
  stampTimes: 72,
  stampTiles: 76,
  lost: 80,
  earlierTimes: 84,
  earlierTiles: 88,
} as const;

const damaged = (what: string): InspectorError =>
  new InspectorError('damaged-file', `damaged frame: ${what}`, 'Ask for the whole picture again.');

function f64(buffer: ArrayBuffer, at: number, count: number): Float64Array {
  return new Float64Array(buffer, at, count);
}
function u32(buffer: ArrayBuffer, at: number, count: number): Uint32Array {
  return new Uint32Array(buffer, at, count);
}

/** Times, tiles and lost ranges of the stamps; times and tiles of the earlier ones. */
type StampCounts = readonly [number, number, number, number, number];

/** Bytes of a frame with these counts. */
function frameBytes(
  tiles: number,
  words: number,
  vmas: number,
  strings: number,
  units: number,
  [times, stamped, lost, earlierTimes, earlierTiles]: StampCounts,
): number {
  const stamps =
    8 * (times + stamped + lost + earlierTimes + earlierTiles) +
    4 * (stamped * stampWords(times) + earlierTiles * stampWords(earlierTimes));
  return HEADER_BYTES + 12 * tiles + 4 * words + VMA_BYTES * vmas + 4 * strings + 2 * units + stamps;
}

const NO_STAMPS: FrameStamps = {
  times: new Float64Array(0),
  indexes: new Float64Array(0),
  words: new Uint32Array(0),
  lost: new Float64Array(0),
};

/**
 * The frame as one buffer. The frame must be well formed; `decodeFrame` gives it back equal. Where the frame is of tiles alone, its
 * tiles can be views of the buffer: it is not to be changed.
 */
export function encodeFrame(frame: Frame): ArrayBuffer {
  const { indexes, masks, words } = frame.tiles;
  const vmas = packVmas(frame.vmas ?? []);
  const strings = vmas.lengths.length;
  const stamps = frame.stamps ?? NO_STAMPS;
  const earlier = frame.earlier ?? NO_STAMPS;
  const stampCounts = [
    ...([stamps.times.length, stamps.indexes.length, stamps.lost.length] as const),
    ...([earlier.times.length, earlier.indexes.length] as const),
  ] as const;
  const bytes = frameBytes(indexes.length, words.length, vmas.count, strings, vmas.units.length, stampCounts);
  const room = roomAround(frame.tiles);
  const inPlace = room?.byteLength === bytes;
  const buffer = room !== null && inPlace ? room : new ArrayBuffer(bytes);
  const view = new DataView(buffer);
  view.setUint32(Header.magic, MAGIC, true);
  view.setUint16(Header.version, FRAME_VERSION, true);
  view.setUint8(Header.kind, frame.kind === 'key' ? 0 : 1);
  view.setUint8(Header.mode, frame.mode === 'hold' ? 0 : 1);
  view.setFloat64(Header.sequence, frame.sequence, true);
  view.setFloat64(Header.base, frame.base, true);
  view.setFloat64(Header.time, frame.time, true);
  view.setFloat64(Header.scanNs, frame.scanNs, true);
  view.setFloat64(Header.writtenPages, frame.writtenPages, true);
  view.setUint32(Header.merged, frame.merged, true);
  view.setUint32(Header.tiles, indexes.length, true);
  view.setUint32(Header.words, words.length, true);
  view.setUint32(Header.vmas, frame.vmas ? vmas.count : NO_VMAS, true);
  view.setUint32(Header.strings, strings, true);
  view.setUint32(Header.units, vmas.units.length, true);
  view.setUint32(Header.stampTimes, stampCounts[0], true);
  view.setUint32(Header.stampTiles, stampCounts[1], true);
  view.setUint32(Header.lost, stampCounts[2], true);
  view.setUint32(Header.earlierTimes, stampCounts[3], true);
  view.setUint32(Header.earlierTiles, stampCounts[4], true);

  if (inPlace) return buffer;
  let at = HEADER_BYTES;
  for (const column of [
    ...[indexes, vmas.start, vmas.end, vmas.pgoff],
    ...[stamps.times, stamps.indexes, stamps.lost, earlier.times, earlier.indexes],
  ]) {
    f64(buffer, at, column.length).set(column);
    at += 8 * column.length;
  }
  for (const column of [
    ...[masks, words, vmas.bits, vmas.name, vmas.flags, vmas.why, vmas.lengths],
    ...[stamps.words, earlier.words],
  ]) {
    u32(buffer, at, column.length).set(column);
    at += 4 * column.length;
  }
  new Uint16Array(buffer, at, vmas.units.length).set(vmas.units);
  return buffer;
}

/**
 * The frame in `buffer`; its tiles are views of the buffer. Throws an InspectorError `damaged frame: …` for anything
 * that `encodeFrame` does not write, for any bytes.
 */
export function decodeFrame(buffer: ArrayBuffer): Frame {
  if (buffer.byteLength < HEADER_BYTES) throw damaged(`${buffer.byteLength} bytes are less than a header`);
  const view = new DataView(buffer);
  if (view.getUint32(Header.magic, true) !== MAGIC) throw damaged('it does not begin as a frame does');
  const version = view.getUint16(Header.version, true);
  if (version !== FRAME_VERSION) throw damaged(`version ${version}, this program reads ${FRAME_VERSION}`);

  const counts = readCounts(view);
  const { columns, tiles, stamps, earlier } = readColumns(buffer, counts);
  checkStamps(stamps);
  checkStamps(earlier);
  checkTiles(tiles);

  const kind = oneOf(view.getUint8(Header.kind), ['key', 'delta'] as const, 'kind');
  const sequence = whole(view, Header.sequence, 'sequence');
  const base = whole(view, Header.base, 'base');
  if (kind === 'key' ? base !== sequence : base >= sequence) {
    throw damaged(`a ${kind} frame ${sequence} on base ${base}`);
  }
  const merged = view.getUint32(Header.merged, true);
  if (merged === 0) throw damaged('no sample in it');
  if (kind === 'key' && !counts.hasVmas) throw damaged('a key frame without VMAs');
  const vmas = unpackVmas(columns);
  if (typeof vmas === 'string') throw damaged(vmas);
  return {
    kind,
    mode: oneOf(view.getUint8(Header.mode), ['hold', 'interval'] as const, 'mode'),
    sequence,
    base,
    time: amount(view, Header.time, 'time'),
    merged,
    scanNs: amount(view, Header.scanNs, 'scan time'),
    writtenPages: whole(view, Header.writtenPages, 'number of written pages'),
    vmas: counts.hasVmas ? vmas : null,
    tiles,
    ...(stamps.times.length > 0 && { stamps }),
    ...(earlier.times.length > 0 && { earlier }),
  };
}

/** How long the columns of a frame are. */
interface Counts {
  readonly tiles: number;
  readonly words: number;
  readonly hasVmas: boolean;
  readonly vmas: number;
  readonly strings: number;
  readonly units: number;
  /** Times, tiles, lost pages; times and tiles of the earlier stamps. */
  readonly stamps: readonly [number, number, number, number, number];
}

/** The counts in the header, checked against the size of the frame. */
function readCounts(view: DataView): Counts {
  const vmas = view.getUint32(Header.vmas, true);
  const hasVmas = vmas !== NO_VMAS;
  const counts: Counts = {
    tiles: view.getUint32(Header.tiles, true),
    words: view.getUint32(Header.words, true),
    hasVmas,
    vmas: hasVmas ? vmas : 0,
    strings: view.getUint32(Header.strings, true),
    units: view.getUint32(Header.units, true),
    stamps: [
      view.getUint32(Header.stampTimes, true),
      view.getUint32(Header.stampTiles, true),
      view.getUint32(Header.lost, true),
      view.getUint32(Header.earlierTimes, true),
      view.getUint32(Header.earlierTiles, true),
    ],
  };
  for (const count of [counts.stamps[0], counts.stamps[3]])
    if (count > MAX_STAMP_TIMES) throw damaged(`${count} sample times`);
  const { tiles, words, strings, units, stamps } = counts;
  const expected = frameBytes(tiles, words, counts.vmas, strings, units, stamps);
  if (expected !== view.byteLength) throw damaged(`${view.byteLength} bytes, its counts need ${expected}`);
  return counts;
}

/** The columns after the header, in the order in which `encodeFrame` writes them. */
function readColumns(buffer: ArrayBuffer, counts: Counts) {
  let at = HEADER_BYTES;
  const nextF64 = (count: number): Float64Array => {
    at += 8 * count;
    return f64(buffer, at - 8 * count, count);
  };
  const nextU32 = (count: number): Uint32Array => {
    at += 4 * count;
    return u32(buffer, at - 4 * count, count);
  };
  const { vmas: count, stamps: stampCounts } = counts;
  const indexes = nextF64(counts.tiles);
  const [start, end, pgoff] = [nextF64(count), nextF64(count), nextF64(count)];
  const [times, stamped, lost] = [nextF64(stampCounts[0]), nextF64(stampCounts[1]), nextF64(stampCounts[2])];
  const [earlierTimes, earlierTiles] = [nextF64(stampCounts[3]), nextF64(stampCounts[4])];
  const tiles: FrameTiles = { indexes, masks: nextU32(counts.tiles), words: nextU32(counts.words) };
  const [bits, name, flags] = [nextU32(count), nextU32(count), nextU32(count)];
  const why = nextU32(count);
  const lengths = nextU32(counts.strings);
  const stamps = { times, indexes: stamped, words: nextU32(stamped.length * stampWords(times.length)), lost };
  const earlier = {
    times: earlierTimes,
    indexes: earlierTiles,
    words: nextU32(earlierTiles.length * stampWords(earlierTimes.length)),
    lost: NO_STAMPS.lost,
  };
  const units = new Uint16Array(buffer, at, counts.units);
  const columns: VmaColumns = { count, start, end, pgoff, bits, name, flags, why, lengths, units };
  return { columns, tiles, stamps, earlier };
}

function checkStamps({ times, indexes, lost }: FrameStamps): void {
  if (times.length === 0 && indexes.length + lost.length > 0) throw damaged('stamps without times');
  if (times.some((time) => !(time >= 0 && time < Infinity))) throw damaged('the time of a sample');
  if (indexes.some((tile) => !isTile(tile))) throw damaged('a tile of the stamps');
  const isPage = (page: number): boolean => Number.isSafeInteger(page) && page >= 0;
  if (lost.length % 2 !== 0 || !lost.every((page, i) => isPage(page) && (i === 0 || page > lost[i - 1])))
    throw damaged('ranges that were unmapped');
}

const isTile = (index: number): boolean => index >= 0 && index <= LAST_TILE && Math.floor(index) === index;

function checkTiles({ indexes, masks, words }: FrameTiles): void {
  let planes = 0;
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i];
    if (!isTile(index)) throw damaged(`tile ${i} has index ${index}`);
    const mask = masks[i];
    if ((mask & ~PLANE_MASK) !== 0) throw damaged(`tile ${i} names a plane that does not exist`);
    planes += popcount(mask);
  }
  if (planes * WORDS_PER_TILE !== words.length) {
    throw damaged(`${words.length} words for ${planes} planes`);
  }
}

function amount(view: DataView, at: number, what: string): number {
  const value = view.getFloat64(at, true);
  if (!(value >= 0 && value < Infinity)) throw damaged(`${what} ${value}`);
  return value;
}

function whole(view: DataView, at: number, what: string): number {
  const value = amount(view, at, what);
  if (!Number.isSafeInteger(value)) throw damaged(`${what} ${value}`);
  return value;
}

function oneOf<T>(value: number, choices: readonly T[], what: string): T {
  const choice = choices[value];
  if (choice === undefined) throw damaged(`${what} ${value}`);
  return choice;
}
