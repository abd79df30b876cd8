import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

/** Milliseconds between two reads of the file. */
const PERIOD = 25;
const CHUNK = 64 * 1024;
/** Most that one read takes: a program that prints without end must not stop the engine. */
const MAX_AT_ONCE = 16 * CHUNK;
/** Size of the file at which output that was read is removed from it. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Takes a program's output through a file without a name instead of a pipe: when we are gone, however that happens,
 * the program writes on as before, where a broken pipe would end it.
 */
export class OutputCapture {
  /** Descriptor for the program's stdio; closed by `programHasIt`. */
  readonly writeEnd: number;
  private readonly file: number;
  private readonly emit: (text: string) => void;
  private readonly decoder = new StringDecoder('utf8');
  private readonly timer: NodeJS.Timeout;
  private position = 0;
  private writeOpen = true;
  private readOpen = true;

  constructor(emit: (text: string) => void) {
    this.emit = emit;
    const folder = mkdtempSync(join(tmpdir(), 'soft-dirty-output-'));
    const path = join(folder, 'output');
    // Appending, so that the program writes on at the new end where the file is cut.
    this.writeEnd = openSync(path, constants.O_CREAT | constants.O_WRONLY | constants.O_APPEND, 0o600);
    this.file = openSync(path, constants.O_RDWR);
    rmSync(folder, { recursive: true });
    this.timer = setInterval(() => this.read(MAX_AT_ONCE), PERIOD);
    this.timer.unref();
  }

  programHasIt(): void {
    if (this.writeOpen) closeSync(this.writeEnd);
    this.writeOpen = false;
  }

  /** Reads what is there and stops. */
  close(): void {
    if (!this.readOpen) return;
    clearInterval(this.timer);
    this.programHasIt();
    this.read(MAX_BYTES);
    this.readOpen = false;
    closeSync(this.file);
  }

  private read(most: number): void {
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (let left = most; left > 0; left -= CHUNK) {
      const bytes = readSync(this.file, chunk, 0, CHUNK, this.position);
      if (bytes === 0) break;
      this.position += bytes;
      const text = this.decoder.write(chunk.subarray(0, bytes));
      if (text !== '') this.emit(text);
    }
    if (this.position > MAX_BYTES && fstatSync(this.file).size === this.position) {
      ftruncateSync(this.file, 0);
      this.position = 0;
    }
  }
}
