import type { OutputStream } from './command.ts';

/** Writes to a stream whose reader may be slow: at most one text is on its way, so that nothing piles up. */
export class PacedWriter {
  private readonly stream: OutputStream;
  private onItsWay = false;
  private waiting: (() => void)[] = [];

  constructor(stream: OutputStream) {
    this.stream = stream;
  }

  /** Whether the last text was taken, so that another may follow. */
  get ready(): boolean {
    return !this.onItsWay;
  }

  /** Hands `text` to the stream; bytes belong to it until the writer is ready again. */
  write(text: string | Uint8Array): void {
    this.onItsWay = true;
    // Called with an error too, when the reader is gone: then nothing is to be waited for.
    this.stream.write(text, () => {
      this.onItsWay = false;
      for (const resolve of this.waiting.splice(0)) resolve();
    });
  }

  /** Resolves when the last text was taken, or never will be. */
  async idle(): Promise<void> {
    while (this.onItsWay) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
