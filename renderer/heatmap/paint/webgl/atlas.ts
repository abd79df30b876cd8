import { ROW_PAGES, ROW_WORDS } from '../../rows/packed-row.ts';
import type { RowBank, RowBatch } from '../../rows/row-batch.ts';

/** Texels of a row's planes: four words each. */
const PLANE_TEXELS = ROW_WORDS / 4;
/** Rows sent in one call at most. */
const STAGED = 64;

/**
 * Rows of a bank on the graphics card: one texture of planes, one of times, a row each. A cache: it holds what is in
 * view and what was lately, for any size of the address space, and takes only rows that changed.
 */
export class Atlas {
  readonly planes: WebGLTexture;
  readonly times: WebGLTexture;
  private readonly gl: WebGL2RenderingContext;
  private capacity = 0;
  private generation = -1;
  /** For each row of the textures: which row of the bank it is, its version, when it was last used. */
  private owner = new Int32Array(0);
  private version = new Float64Array(0);
  private used = new Float64Array(0);
  private readonly rowOf = new Map<number, number>();
  private pass = 0;
  private hand = 0;
  private readonly stagedPlanes = new Uint32Array(STAGED * ROW_WORDS);
  private readonly stagedTimes = new Uint32Array(STAGED * ROW_PAGES);

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
    this.planes = gl.createTexture();
    this.times = gl.createTexture();
  }

  /**
   * Makes sure that all rows of `batch` are here, and writes into `places` if: the row of the textures, or -1.
   * @returns rows sent
   */
  update(bank: RowBank, batch: RowBatch, places: Int32Array, stride: number): number {
    if (batch.count > this.capacity) this.allocate(batch.count);
    if (bank.generation !== this.generation) this.forget(bank.generation);
    this.pass++;
    // Rows that are here already must not be taken for others.
    for (let i = 0; i < batch.count; i++) {
      const row = this.rowOf.get(batch.slot[i] ?? -1);
      if (row !== undefined) this.used[row] = this.pass;
    }
    const stale: number[] = [];
    for (let i = 0; i < batch.count; i++) {
      const slot = batch.slot[i] ?? -1;
      let row = -1;
      if (slot >= 0) {
        row = this.rowOf.get(slot) ?? this.take(slot);
        const version = bank.version(slot);
        if (this.version[row] !== version) {
          this.version[row] = version;
          stale.push(row);
        }
      }
      places[i * stride] = row;
    }
    if (stale.length > 0)
      this.send(
        bank,
        stale.sort((a, b) => a - b),
      );
    return stale.length;
  }

  dispose(): void {
    this.gl.deleteTexture(this.planes);
    this.gl.deleteTexture(this.times);
  }

  private take(slot: number): number {
    while (this.used[this.hand] === this.pass) this.hand = (this.hand + 1) % this.capacity;
    const row = this.hand;
    this.hand = (this.hand + 1) % this.capacity;
    const before = this.owner[row] ?? -1;
    if (before >= 0) this.rowOf.delete(before);
    this.owner[row] = slot;
    this.used[row] = this.pass;
    this.version[row] = -1;
    this.rowOf.set(slot, row);
    return row;
  }

  private send(bank: RowBank, rows: readonly number[]): void {
    for (let i = 0; i < rows.length;) {
      const first = rows[i] ?? 0;
      let count = 0;
      while (count < STAGED && rows[i + count] === first + count) {
        const slot = this.owner[first + count] ?? -1;
        bank.copy(slot, this.stagedPlanes, count * ROW_WORDS, this.stagedTimes, count * ROW_PAGES);
        count++;
      }
      const { gl } = this;
      gl.bindTexture(gl.TEXTURE_2D, this.planes);
      gl.texSubImage2D(
        gl.TEXTURE_2D,
        0,
        0,
        first,
        PLANE_TEXELS,
        count,
        gl.RGBA_INTEGER,
        gl.UNSIGNED_INT,
        this.stagedPlanes,
      );
      gl.bindTexture(gl.TEXTURE_2D, this.times);
      gl.texSubImage2D(
        gl.TEXTURE_2D,
        0,
        0,
        first,
        ROW_PAGES,
        count,
        gl.RED_INTEGER,
        gl.UNSIGNED_INT,
        this.stagedTimes,
      );
      i += count;
    }
  }

  private allocate(rows: number): void {
    const { gl } = this;
    const most = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    let capacity = 1024;
    while (capacity < rows * 1.5 && capacity < most) capacity *= 2;
    if (capacity < rows) throw new Error(`a view of ${rows} rows is more than the graphics card takes`);
    this.capacity = capacity;
    nearest(gl, this.planes);
    gl.texImage2D(
      gl.TEXTURE_2D,
      0,
      gl.RGBA32UI,
      PLANE_TEXELS,
      capacity,
      0,
      gl.RGBA_INTEGER,
      gl.UNSIGNED_INT,
      null,
    );
    nearest(gl, this.times);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32UI, ROW_PAGES, capacity, 0, gl.RED_INTEGER, gl.UNSIGNED_INT, null);
    this.forget(this.generation);
  }

  private forget(generation: number): void {
    this.generation = generation;
    this.owner = new Int32Array(this.capacity).fill(-1);
    this.version = new Float64Array(this.capacity).fill(-1);
    this.used = new Float64Array(this.capacity);
    this.rowOf.clear();
    this.hand = 0;
  }
}

/** Binds a texture that is read texel by texel. */
export function nearest(gl: WebGL2RenderingContext, texture: WebGLTexture): void {
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
}
