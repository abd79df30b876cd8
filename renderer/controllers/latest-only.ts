/** Runs one request at a time; of those made meanwhile, only the last one runs next. */
export class LatestOnly<T> {
  private readonly run: (value: T) => Promise<void>;
  private next: { readonly value: T } | null = null;
  private busy = false;

  constructor(run: (value: T) => Promise<void>) {
    this.run = run;
  }

  request(value: T): void {
    this.next = { value };
    if (!this.busy) void this.drain();
  }

  /** Whether another request follows the one that runs. */
  get isPending(): boolean {
    return this.next !== null;
  }

  get isBusy(): boolean {
    return this.busy;
  }

  /** Drops the request that waits, not the one that runs. */
  cancel(): void {
    this.next = null;
  }

  private async drain(): Promise<void> {
    this.busy = true;
    try {
      for (let wanted = this.next; wanted; wanted = this.next) {
        this.next = null;
        await this.run(wanted.value);
      }
    } finally {
      this.busy = false;
    }
  }
}
