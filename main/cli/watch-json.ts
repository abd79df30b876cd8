import { joinWrites } from '#shared/frame/delta.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { PacedWriter } from './paced-writer.ts';
import type { Output, OutputStream } from './command.ts';
import type { MapsVma } from '../native/process/maps.ts';
import type { MappingTracking } from './exceptions.ts';
import { SampleLine } from './sample-line.ts';
import type { CountsReport } from './watch-counts.ts';
import type { EndReason } from './watch-ending.ts';
import type { BackendChange, WatchInfo, WatchMark, WatchView } from './watch-view.ts';

/** Lines other than samples that wait for a slow reader. */
const MAX_WAITING_CHANGES = 10_000;
/** How often a sample has what tracking costs, in milliseconds. */
const COST_EVERY_MS = 1000;

/**
 * One JSON object per line. While the reader is slow, samples are merged: no page is lost, and what waits is never more
 * than one set of pages.
 */
export class JsonLines implements WatchView {
  /** Messages are not JSON lines: they go to standard error. */
  readonly message: (text: string) => void;
  private readonly writer: PacedWriter;
  private readonly encoder = new SampleLine();
  /** Written pages of samples that have no line yet; null if there are none. */
  private merged: TileSet | null = null;
  /** Lines that wait for the reader. */
  private readonly changes: object[] = [];
  private time = 0;
  private countsLine: object | null = null;
  private cost: WatchInfo['cost'] | null = null;
  private costAt = 0;

  constructor(stream: OutputStream, { error }: Pick<Output, 'error'>) {
    this.message = error;
    this.writer = new PacedWriter(stream);
  }

  async attached({ pid, backend, atomic, exceptions, cost }: WatchInfo): Promise<void> {
    this.cost = cost;
    this.line({ event: 'attached', pid, backend, atomic, exceptions });
    await this.writer.idle();
  }

  sample(written: TileSet, time: number): void {
    this.time = time;
    if (this.writer.ready) {
      if (this.merged) joinWrites(this.merged, written);
      this.flush(this.merged ?? written);
      return;
    }
    this.merged ??= new TileSet();
    joinWrites(this.merged, written);
  }

  mappingChanged(mapping: MappingTracking): void {
    this.changes.push({ event: 'mapping', ...mapping });
    // A program that maps all the time must not accumulate lines: the latest ones are kept.
    if (this.changes.length > MAX_WAITING_CHANGES) this.changes.shift();
    if (this.writer.ready) this.flushChanges();
  }

  backendChanged({ backend, atomic, reason }: BackendChange): void {
    this.changes.push({ event: 'backend', backend, atomic, reason });
    if (this.writer.ready) this.flushChanges();
  }

  marked({ t, note, pages }: WatchMark): void {
    const at = Math.round(t * 1000) / 1000;
    this.changes.push(
      pages === null ? { event: 'mark', t: at, note } : { event: 'phase', t: at, note, pages },
    );
    if (this.changes.length > MAX_WAITING_CHANGES) this.changes.shift();
    // What was written before it comes before it.
    if (this.writer.ready && this.merged === null) this.flushChanges();
  }

  counts(report: CountsReport, mappings: readonly MapsVma[]): void {
    this.countsLine = report.json(mappings);
  }

  async detached(reason: EndReason | null): Promise<void> {
    await this.writer.idle();
    this.flushChanges();
    if (this.merged) {
      this.flush(this.merged);
      await this.writer.idle();
    }
    if (this.countsLine) this.line(this.countsLine);
    if (reason) this.line({ event: 'detached', reason });
    await this.writer.idle();
  }

  private flushChanges(): void {
    for (const change of this.changes.splice(0)) this.line(change);
  }

  private flush(written: TileSet): void {
    this.flushChanges();
    const due = this.time - this.costAt >= COST_EVERY_MS;
    if (due) this.costAt = this.time;
    const cost = due ? (this.cost?.() ?? null) : null;
    this.writer.write(this.encoder.encode(written, this.time, cost));
    this.merged = null;
  }

  private line(event: object): void {
    this.writer.write(`${JSON.stringify(event)}\n`);
  }
}
