/**
 * A frame as encoded in a recording: the pages of each plane, or how they differ from the frame before, as runs.
 * FORMAT.md describes the bytes. Ten to a hundred times smaller than the frames that cross to the window, which are
 * made to be used in place.
 */
import { WRITE_PLANES } from '#shared/frame/delta.ts';
import { FrameState } from '#shared/frame/apply.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { WORDS_PER_TILE } from '#shared/memory/page.ts';
import { PLANE_COUNT, type Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { plural } from '#shared/plural.ts';
import { ByteReader, ByteWriter, damaged } from './bytes.ts';
import { ascending, flipRuns, readRuns, RunWriter } from './page-runs.ts';

const KEY = 1;
const INTERVAL = 2;
/** The number of planes follows the flags; without it there are as many as in version 1. */
const COUNTED = 4;
const KNOWN_FLAGS = KEY | INTERVAL | COUNTED;
/** Planes of a frame of version 1. */
const FIRST_PLANES = 8;

/** Turns the frames of a session, all of them in their order, into bytes. */
export class FrameEncoder {
  /** The state after the frames so far. */
  readonly state = new FrameState();
  private readonly out = new ByteWriter();
  private readonly runs = new RunWriter();
  private readonly difference = new Uint32Array(WORDS_PER_TILE);

  /**
   * @param key whether a reader can decode it without earlier frames
   * @returns null if the frame does not follow the previous one; a key frame is needed then
   */
  encode(frame: Frame, key: boolean): Uint8Array | null {
    const { state, out } = this;
    if (!state.accepts(frame)) return null;
    const whole = key || frame.kind === 'key';
    out.byte((whole ? KEY : 0) | (frame.mode === 'interval' ? INTERVAL : 0) | COUNTED);
    out.byte(PLANE_COUNT);
    out.varint(frame.sequence);
    out.varint(Math.round(frame.scanNs));
    out.varint(frame.writtenPages);
    if (whole) {
      state.apply(frame);
      const { tiles } = state;
      this.planes(tiles.indexes, tiles.used, (plane, slot) => {
        this.runs.tile(tiles.indexes[slot], tiles.words, tiles.offset(slot, plane));
      });
    } else {
      this.delta(frame);
      state.apply(frame);
    }
    return out.take();
  }

  private delta(frame: Frame): void {
    const { indexes, masks, words } = frame.tiles;
    const offsets = new Uint32Array(masks.length);
    let any = 0;
    for (let i = 0, at = 0; i < masks.length; i++) {
      offsets[i] = at;
      any |= masks[i];
      for (let rest = masks[i]; rest !== 0; rest &= rest - 1) at += WORDS_PER_TILE;
    }
    const { tiles } = this.state;
    const whole = frame.mode === 'interval' ? WRITE_PLANES : 0;
    this.planes(indexes, any, (plane, i) => {
      const bit = 1 << plane;
      if ((masks[i] & bit) === 0) return;
      let at = offsets[i];
      for (let rest = masks[i] & (bit - 1); rest !== 0; rest &= rest - 1) at += WORDS_PER_TILE;
      const slot = (whole & bit) === 0 ? tiles.find(indexes[i]) : -1;
      if (slot < 0) return this.runs.tile(indexes[i], words, at);
      const before = tiles.offset(slot, plane);
      for (let w = 0; w < WORDS_PER_TILE; w++) this.difference[w] = words[at + w] ^ tiles.words[before + w];
      this.runs.tile(indexes[i], this.difference, 0);
    });
  }

  /** Writes every plane, as empty if it is not in the mask `any`; `each` adds tile i's pages to the runs. */
  private planes(indexes: ArrayLike<number>, any: number, each: (plane: Plane, i: number) => void): void {
    const order = ascending(indexes);
    for (let plane = 0; plane < PLANE_COUNT; plane++) {
      if ((any & (1 << plane)) === 0) {
        this.runs.take(this.out);
        continue;
      }
      for (let n = 0; n < indexes.length; n++) each(plane as Plane, order === null ? n : order[n]);
      this.runs.take(this.out);
    }
  }
}

/** A frame read back; its planes as runs. */
export interface RecordedFrame {
  readonly key: boolean;
  readonly mode: SampleMode;
  readonly sequence: number;
  readonly scanNs: number;
  readonly writtenPages: number;
  /** By plane, pairs (first page, end): the pages themselves, or those that differ from the frame before. */
  readonly planes: readonly Float64Array[];
}

/** @throws InspectorError `damaged-file`, for any bytes; nothing is allocated beyond a few times their length */
export function decodeRecordedFrame(bytes: Uint8Array): RecordedFrame {
  const reader = new ByteReader(bytes);
  const flags = reader.byte();
  if ((flags & ~KNOWN_FLAGS) !== 0) throw damaged(`a frame of kind ${flags}`);
  const count = (flags & COUNTED) === 0 ? FIRST_PLANES : reader.byte();
  if (count < FIRST_PLANES || count > PLANE_COUNT) throw damaged(`a frame of ${count} planes`);
  const sequence = reader.varint();
  const scanNs = reader.varint();
  const writtenPages = reader.varint();
  const planes = Array.from({ length: PLANE_COUNT }, (_, plane) =>
    plane < count ? readRuns(reader) : new Float64Array(0),
  );
  if (reader.left !== 0) throw damaged(`${plural(reader.left, 'byte')} after a frame`);
  const mode = (flags & INTERVAL) === 0 ? 'hold' : 'interval';
  return { key: (flags & KEY) !== 0, mode, sequence, scanNs, writtenPages, planes };
}

/** Whether a plane of this frame is the pages themselves, not a difference. */
export function isWhole(frame: RecordedFrame, plane: Plane): boolean {
  return frame.key || (frame.mode === 'interval' && (WRITE_PLANES & (1 << plane)) !== 0);
}

/** The state after recorded frames. */
export class RecordedState {
  readonly tiles = new TileSet();
  mode: SampleMode = 'hold';
  scanNs = 0;
  private ready = false;

  /** Applies a frame: a key frame, or the one that follows the last one. */
  apply(frame: RecordedFrame): void {
    const { tiles } = this;
    if (frame.key) tiles.clear();
    else if (!this.ready || frame.mode !== this.mode) throw damaged('a frame without what it builds on');
    this.ready = false;
    for (let plane = 0; plane < PLANE_COUNT; plane++) {
      if (!frame.key && isWhole(frame, plane as Plane)) tiles.clearPlane(plane as Plane);
      flipRuns(tiles, plane as Plane, frame.planes[plane]);
    }
    this.mode = frame.mode;
    this.scanNs = frame.scanNs;
    this.ready = true;
  }

  /** Nothing is known; a key frame must come. */
  reset(): void {
    this.ready = false;
  }
}
