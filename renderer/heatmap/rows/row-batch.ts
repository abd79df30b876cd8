/** Rows as columns of numbers; grows, never shrinks. Positions are whole device pixels of the map's area. */
export class RowBatch {
  count = 0;
  y = new Int32Array(1024);
  height = new Int32Array(1024);
  /** Row of the bank; -1: nothing is known of it. */
  slot = new Int32Array(1024);
  /** Columns that are shown. */
  from = new Uint16Array(1024);
  to = new Uint16Array(1024);
  flags = new Uint8Array(1024);

  clear(): void {
    this.count = 0;
  }

  push(y: number, height: number, slot: number, from: number, to: number, flags: number): void {
    const i = this.count++;
    if (i === this.y.length) this.grow();
    this.y[i] = y;
    this.height[i] = height;
    this.slot[i] = slot;
    this.from[i] = from;
    this.to[i] = to;
    this.flags[i] = flags;
  }

  private grow(): void {
    const bigger = <T extends Int32Array | Uint16Array | Uint8Array>(old: T, made: T): T => {
      made.set(old);
      return made;
    };
    const length = this.y.length * 2;
    this.y = bigger(this.y, new Int32Array(length));
    this.height = bigger(this.height, new Int32Array(length));
    this.slot = bigger(this.slot, new Int32Array(length));
    this.from = bigger(this.from, new Uint16Array(length));
    this.to = bigger(this.to, new Uint16Array(length));
    this.flags = bigger(this.flags, new Uint8Array(length));
  }
}

/** Flags of a row. */
export const RowFlag = {
  /** Writes to its VMA cannot be seen. */
  Untracked: 1,
  /** Several rows in one: the planes have which columns are mapped. */
  Joined: 2,
  /** VM_SOFTDIRTY: pages without an entry count as written too, because the VMA is new. */
  SoftDirty: 4,
} as const;

/** Where painters get rows from. packed-row.ts describes a row. */
export interface RowBank {
  readonly kind: 'tiles' | 'strips';
  /** Rises when all slots mean something else. */
  readonly generation: number;
  /** Rises when the row changes. */
  version(slot: number): number;
  /** Copies a row; both targets are overwritten from the given places. */
  copy(slot: number, planes: Uint32Array, planesAt: number, times: Uint32Array, timesAt: number): void;
}
