import { addressOf } from './ffi.ts';

/** Memory of our own that the kernel reads or writes: fixed address, views of each width, zeroed. */
export class NativeBuffer {
  readonly bytes: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly u64: BigUint64Array;
  /** Address of the first byte; valid as long as this object is referenced. */
  readonly address: bigint;

  /** `bytes` is rounded up to a multiple of 8. */
  constructor(bytes: number) {
    const buffer = new ArrayBuffer((bytes + 7) & ~7);
    this.bytes = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u64 = new BigUint64Array(buffer);
    this.address = addressOf(buffer);
  }
}
