import type { EventSink } from './event-sink.ts';
import type { Tile } from './tile.ts';

/** How often a page is mapped: entries present, entries in swap. */
export interface FrameState {
  readonly mapped: number;
  readonly swapped: number;
}

export type FrameEvent =
  | {
      readonly type: 'frame';
      readonly frame: number;
      readonly before: FrameState;
      readonly after: FrameState;
    }
  | {
      readonly type: 'frame-block';
      readonly block: number;
      readonly before: boolean;
      readonly after: boolean;
      /** Never used before. */
      readonly fresh: boolean;
    };

const BLOCK = 512;

/**
 * Anonymous pages that a fork made shared: how many entries map each, present or in swap. Numbers are allocated
 * in blocks of 512, one for a tile, so that a tile need not store 512 of them. At most 255 processes.
 */
export class Frames {
  private mapped = new Uint8Array(BLOCK);
  private swapped = new Uint8Array(BLOCK);
  /** Frames in use, of each block. Block 0 is never allocated: frame base 0 means none. */
  private readonly live: number[] = [0];
  private readonly free: number[] = [];
  private readonly events: EventSink<FrameEvent>;

  constructor(events: EventSink<FrameEvent>) {
    this.events = events;
  }

  mappedBy(frame: number): number {
    return this.mapped[frame];
  }

  /** Entries that refer to the frame. */
  users(frame: number): number {
    return this.mapped[frame] + this.swapped[frame];
  }

  /** First frame of an unused block; it is free again as soon as its last frame is. */
  allocateBlock(): number {
    const reused = this.free.pop();
    const block = reused ?? this.live.length;
    if (reused === undefined) {
      this.live.push(0);
      this.grow((block + 1) * BLOCK);
    }
    if (this.events.active) {
      this.events.emit({
        type: 'frame-block',
        block,
        before: false,
        after: true,
        fresh: reused === undefined,
      });
    }
    return block * BLOCK;
  }

  /** Counts entries: `mapped` more (or fewer) present ones, `swapped` more swap entries. */
  add(frame: number, mapped: number, swapped: number): void {
    const before = { mapped: this.mapped[frame], swapped: this.swapped[frame] };
    const users = before.mapped + before.swapped;
    this.mapped[frame] += mapped;
    this.swapped[frame] += swapped;
    if (this.events.active) {
      const after = { mapped: this.mapped[frame], swapped: this.swapped[frame] };
      this.events.emit({ type: 'frame', frame, before, after });
    }
    const block = Math.floor(frame / BLOCK);
    if (users === 0) this.live[block]++;
    if (users + mapped + swapped === 0 && --this.live[block] === 0) this.release(block);
  }

  /** add() for present entries of a word, those whose bits are set. Returns the bits of frames that are still in use. */
  addWord(tile: Tile, word: number, bits: number, mapped: number): number {
    let inUse = bits;
    for (let rest = bits; rest !== 0; rest &= rest - 1) {
      const frame = tile.frame(word * 32 + 31 - Math.clz32(rest & -rest));
      const users = this.mapped[frame] + this.swapped[frame];
      // First users, last users and events are rare.
      if (this.events.active || users === 0 || users + mapped === 0) this.add(frame, mapped, 0);
      else this.mapped[frame] += mapped;
      if (users + mapped === 0) inUse &= ~(rest & -rest);
    }
    return inUse;
  }

  private release(block: number): void {
    this.free.push(block);
    if (this.events.active) {
      this.events.emit({ type: 'frame-block', block, before: true, after: false, fresh: false });
    }
  }

  private grow(frames: number): void {
    if (frames <= this.mapped.length) return;
    const mapped = new Uint8Array(this.mapped.length * 2);
    const swapped = new Uint8Array(mapped.length);
    mapped.set(this.mapped);
    swapped.set(this.swapped);
    this.mapped = mapped;
    this.swapped = swapped;
  }

  /** Sets the counts that one `frame` event has before or after it. */
  restore(frame: number, mapped: number, swapped: number): void {
    const users = this.users(frame);
    const block = Math.floor(frame / BLOCK);
    this.mapped[frame] = mapped;
    this.swapped[frame] = swapped;
    if (users === 0) this.live[block]++;
    if (mapped + swapped === 0) this.live[block]--;
  }

  /** Reverts one `frame-block` event. */
  undoBlock(allocated: boolean, fresh: boolean, block: number): void {
    if (!allocated) this.free.pop();
    else if (fresh) this.live.pop();
    else this.free.push(block);
  }

  /** Repeats one `frame-block` event that was reverted. */
  redoBlock(allocated: boolean, fresh: boolean, block: number): void {
    if (!allocated) this.free.push(block);
    else if (fresh) this.live.push(0);
    else this.free.pop();
  }

  /** State for dumps: counts of all frames in use, and the blocks that are free. */
  dump(): { frames: [number, number, number][]; free: number[]; blocks: number } {
    const frames: [number, number, number][] = [];
    for (let frame = 0; frame < this.mapped.length; frame++) {
      if (this.users(frame) > 0) frames.push([frame, this.mapped[frame], this.swapped[frame]]);
    }
    return { frames, free: [...this.free], blocks: this.live.length };
  }
}
