import type { PageRange } from '#shared/memory/range.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import { NativeSource } from '../native/native-source.ts';
import { common } from '../native/writers/mappings.ts';
import type { FirstWrite } from '../native/writers/tracer.ts';
import type { WatchEnd } from '../native/writers/writer-watch.ts';

export interface FaultsWatchOptions {
  readonly ranges: readonly PageRange[];
  readonly intervalMs: number;
  readonly stacks: boolean;
  onWrites(writes: readonly FirstWrite[]): void;
  onEnd(reason: WatchEnd, failure: string | null): void;
}

/** Writers by page faults: a source that is sampled at a steady rate, as in a session. */
export class FaultsWatch {
  /** Pages of the selection that are in tracked mappings. */
  pages = 0;
  readonly skipped = [];
  readonly pauses = 0;
  readonly waitedMs = 0;
  private readonly source: NativeSource;
  private readonly options: FaultsWatchOptions;
  private readonly tiles = new TileSet();
  private timer: NodeJS.Timeout | null = null;
  private sampling: Promise<void> = Promise.resolve();
  private over = false;

  /** Rejects with InspectorError; the program is unchanged then. */
  static async start(pid: number, options: FaultsWatchOptions): Promise<FaultsWatch> {
    const watch = new FaultsWatch(
      await NativeSource.attach(pid, { backend: 'write-protect', exact: true }),
      options,
    );
    try {
      await watch.begin();
      return watch;
    } catch (cause) {
      await watch.stop();
      throw cause;
    }
  }

  private constructor(source: NativeSource, options: FaultsWatchOptions) {
    this.source = source;
    this.options = options;
    source.onEvent((event) => {
      if (event.type === 'ended') this.end(event.reason === 'exec' ? 'exec' : 'exit', null);
      else if (event.type === 'backend') this.end('userfaultfd', null);
    });
  }

  async stop(): Promise<void> {
    this.over = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.sampling;
    await this.source.close();
  }

  private async begin(): Promise<void> {
    const { ranges, stacks, onWrites } = this.options;
    this.source.writerSampling.watch({ ranges, stacks, onWrites });
    const vmas = await this.sample();
    this.pages = vmas
      .filter(({ tracked, write }) => tracked && write)
      .flatMap((vma) => common(vma, ranges))
      .reduce((sum, { start, end }) => sum + end - start, 0);
    this.next();
  }

  private next(): void {
    if (this.over) return;
    this.timer = setTimeout(() => {
      this.sampling = this.sample().then(
        () => this.next(),
        (cause: unknown) => this.end('failed', InspectorError.from(cause).message),
      );
    }, this.options.intervalMs);
  }

  private async sample() {
    this.tiles.clear();
    const { vmas } = await this.source.sample({
      mode: 'interval',
      tiles: this.tiles,
      state: false,
      explicit: true,
    });
    return vmas;
  }

  private end(reason: WatchEnd, failure: string | null): void {
    if (this.over) return;
    this.over = true;
    this.options.onEnd(reason, failure);
  }
}
