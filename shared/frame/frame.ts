import type { Vma } from '../memory/vma.ts';
import type { SampleMode } from '../source/source.ts';
import type { FrameStamps } from './stamps.ts';

/**
 * One picture, or what changed since the previous one. Applying a delta to the state that its `base` left gives the
 * state of `sequence`; a key frame needs no base.
 *
 * Planes. A tile's plane that a delta does not name is unchanged, one that a key frame does not name is zero. But in
 * mode `interval` the planes of events (Written, Fresh, Touched, Hot, Gone) hold for this frame alone: if they are not
 * named they are zero in a delta too.
 */
export interface Frame {
  readonly kind: 'key' | 'delta';
  readonly mode: SampleMode;
  /** Number of the (last) sample in it, counted up by one per sample. */
  readonly sequence: number;
  /** The sequence of the state that a delta builds on; its own in a key frame. */
  readonly base: number;
  /** Monotonic time of the sample, in milliseconds since the session began. */
  readonly time: number;
  /** Samples merged into this frame, 1 or more. */
  readonly merged: number;
  /** Nanoseconds the source spent on reading for the last of them. */
  readonly scanNs: number;
  /** Pages in plane Written of the whole state after this frame. */
  readonly writtenPages: number;
  /** Present if the VMAs changed, and in key frames. */
  readonly vmas: readonly Vma[] | null;
  readonly tiles: FrameTiles;
  /** In mode interval, if samples are merged or memory was unmapped; without it all was written at `time`. */
  readonly stamps?: FrameStamps;
  /**
   * Present in a key frame of mode interval that is shown without the frames before it: when pages were last written, as far
   * back as was read, up to this frame. Lost pages of its tiles, and pages of all other tiles, were not written in that time.
   */
  readonly earlier?: FrameStamps;
}

/**
 * Tiles of a frame in columns. Tile i has index `indexes[i]`; bit p of `masks[i]` is set if plane p is present, and the
 * present planes follow each other in `words`, 16 words each, tile after tile, low plane numbers first.
 */
export interface FrameTiles {
  readonly indexes: Float64Array;
  readonly masks: Uint32Array;
  readonly words: Uint32Array;
}
