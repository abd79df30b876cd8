/** Where a chunk is in its file. */
export interface ChunkPlace {
  readonly offset: number;
  readonly length: number;
}

/** The places of all chunks of a file, which may be hundreds of thousands, by their number. */
export class ChunkPlaces implements Iterable<ChunkPlace> {
  /** Offset and length of each. */
  private values = new Float64Array(128);
  private count = 0;

  get length(): number {
    return this.count;
  }

  add({ offset, length }: ChunkPlace): void {
    const at = this.count * 2;
    if (at === this.values.length) {
      const { values } = this;
      this.values = new Float64Array(at * 2);
      this.values.set(values);
    }
    this.values[at] = offset;
    this.values[at + 1] = length;
    this.count++;
  }

  /** @param chunk below `length` */
  at(chunk: number): ChunkPlace {
    return { offset: this.values[chunk * 2], length: this.values[chunk * 2 + 1] };
  }

  *[Symbol.iterator](): Generator<ChunkPlace> {
    for (let chunk = 0; chunk < this.count; chunk++) yield this.at(chunk);
  }
}
