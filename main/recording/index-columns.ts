/** The columns of an index of millions of frames, in as few bytes as possible. */

const MAX_16_BIT = 2 ** 16 - 1;

export type CountArray = Uint8Array | Uint16Array | Uint32Array;

/** A number per frame, mostly small or 0: takes nothing until one is not 0, and two bytes each until one needs four. */
export class CountColumn {
  private values: Uint16Array | Uint32Array | null = null;

  /** The counts from the first frame on; missing ones are 0. Null: all are 0. */
  get array(): Uint16Array | Uint32Array | null {
    return this.values;
  }

  get(frame: number): number {
    const { values } = this;
    return values === null || frame >= values.length ? 0 : values[frame];
  }

  /** @param capacity frames for which there is to be room */
  set(frame: number, count: number, capacity: number): void {
    if (this.values === null && count === 0) return;
    this.room(count > MAX_16_BIT, capacity)[frame] = count;
  }

  /** Sets the numbers of `frames` frames from `at` on; null: all are 0. */
  append(at: number, counts: CountArray | null, frames: number, capacity: number): void {
    if (counts === null) this.values?.fill(0, at, at + frames);
    else this.room(counts instanceof Uint32Array, capacity).set(counts, at);
  }

  /** Forgets the first `count` of `frames`. */
  drop(count: number, frames: number): void {
    this.values?.copyWithin(0, count, frames);
  }

  /** @param wide whether there is to be room for numbers of four bytes */
  private room(wide: boolean, capacity: number): Uint16Array | Uint32Array {
    const { values } = this;
    const isWide = values instanceof Uint32Array;
    if (values !== null && values.length >= capacity && (isWide || !wide)) return values;
    const size = Math.max(capacity, values?.length ?? 0);
    const result = wide || isWide ? new Uint32Array(size) : new Uint16Array(size);
    if (values !== null) result.set(values);
    this.values = result;
    return result;
  }
}

/** Which chunk holds each frame: the first frame of each chunk that has any. Both ascend. */
export class ChunkRuns {
  private chunks = new Uint32Array(64);
  private firsts = new Uint32Array(64);
  private length = 0;

  add(frame: number, chunk: number): void {
    const at = this.length;
    if (at > 0 && this.chunks[at - 1] === chunk) return;
    if (at === this.chunks.length) {
      this.chunks = grown(this.chunks);
      this.firsts = grown(this.firsts);
    }
    this.chunks[at] = chunk;
    this.firsts[at] = frame;
    this.length++;
  }

  of(frame: number): number {
    return this.chunks[countBelow(this.firsts, this.length, frame + 1) - 1];
  }

  /** The first frame of `chunk` or of the next chunk that has frames; null if none has. */
  firstFrame(chunk: number): number | null {
    const at = countBelow(this.chunks, this.length, chunk);
    return at < this.length ? this.firsts[at] : null;
  }

  /** Forgets the first `count` frames; the `left` others count from there. */
  drop(count: number, left: number): void {
    const gone = Math.max(0, countBelow(this.firsts, this.length, count + 1) - 1);
    this.chunks.copyWithin(0, gone, this.length);
    this.firsts.copyWithin(0, gone, this.length);
    this.length = left === 0 ? 0 : this.length - gone;
    for (let i = 0; i < this.length; i++) this.firsts[i] = Math.max(0, this.firsts[i] - count);
  }

  /** Forgets all but the first `frames`. */
  truncate(frames: number): void {
    this.length = countBelow(this.firsts, this.length, frames);
  }
}

/** How many of the first `length` ascending `values` are below `limit`. */
function countBelow(values: Uint32Array, length: number, limit: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function grown(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const result = new Uint32Array(values.length * 2);
  result.set(values);
  return result;
}
