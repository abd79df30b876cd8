import type { OutputStream } from './command.ts';

/** Writes to a stream whose reader may be slow: at most one text is in flight, so that memory is bounded. */
export class PacedWriter {
  private readonly stream: OutputStream;
  /** Texts that the stream was given and did not take yet. */
  private onTheirWay = 0;
  private waiting: (() => void)[] = [];

  constructor(stream: OutputStream) {
    this.stream = stream;
  }

  /** Whether every text was taken, so that another may follow. */
  get ready(): boolean {
    return this.onTheirWay === 0;
  }

  /** Writes `text` to the stream, which owns its bytes until the writer is ready again. */
  write(text: string | Uint8Array): void {
    this.onTheirWay++;
    // Called with an error too, when the reader is gone: then there is nothing to wait for.
    this.stream.write(text, () => {
      this.onTheirWay--;
      if (this.onTheirWay > 0) return;
      for (const resolve of this.waiting.splice(0)) resolve();
    });
  }

  /** Resolves when every text was taken, or never will be. */
  async idle(): Promise<void> {
    while (!this.ready) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
