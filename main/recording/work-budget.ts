import { damaged } from './bytes.ts';

/** Bytes that any file may unpack to, however small it is. */
const FREE_BYTES = 2 ** 28;
/** … and more for each byte of the file. The writer keeps its chunks below (see `padded`). */
export const MAX_EXPANSION = 256;

/** Bounds the work on a file by its size: a few bytes can be unpacked to any amount. */
export class WorkBudget {
  /** Bytes that were unpacked so far, or work that costs as much. */
  spent = 0;
  private allowed = FREE_BYTES;

  /** A file may grow while it is read. */
  fileSize(bytes: number): void {
    this.allowed = FREE_BYTES + MAX_EXPANSION * bytes;
  }

  /** @throws InspectorError `damaged-file` if it is too much */
  readonly spend = (bytes: number): void => {
    this.spent += bytes;
    if (this.exhausted)
      throw damaged(`it unpacks to more than ${this.allowed} bytes, ${MAX_EXPANSION} times its size`);
  };

  get exhausted(): boolean {
    return this.spent > this.allowed;
  }
}
