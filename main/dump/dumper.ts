import { randomUUID } from 'node:crypto';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { rangePages, type PageRange } from '#shared/memory/range.ts';
import { vmaPermissions } from '#shared/memory/vma.ts';
import type { Capture } from '../native/capture.ts';
import { nothingMapped } from '../native/errors.ts';
import type { NativeSource } from '../native/native-source.ts';
import { PageBitmap } from '../native/tracking/page-bitmap.ts';
import { common } from '../native/writers/mappings.ts';
import { createSeries, DumpWriter, removeEmptySeries } from './dump-writer.ts';
import { DUMP_VERSION, type Manifest } from './manifest.ts';

/** One dump that was taken. */
export interface Taken {
  readonly manifest: Manifest;
  readonly folder: string;
  /** Pages with contents in it, and their bytes. */
  readonly pages: number;
  readonly bytes: number;
  readonly tookMs: number;
}

/**
 * Takes a series of dumps of one program, which stays tracked in between: the first is full, each later one has what was
 * written since. Every dump is of one point in time, in which all threads are stopped; the contents of the full one are copied
 * before that, and only what was written meanwhile is read again.
 */
export class Dumper {
  private readonly source: NativeSource;
  private readonly directory: string;
  private readonly range: PageRange | null;
  private readonly made: boolean;
  private readonly series = randomUUID();
  private known = new PageBitmap();
  private number = 0;

  /** Makes the directory. Throws InspectorError if it is not empty. */
  constructor(source: NativeSource, directory: string, range: PageRange | null) {
    this.made = createSeries(directory);
    this.source = source;
    this.directory = directory;
    this.range = range;
  }

  /** Takes the next dump. Rejects with an InspectorError, and there is no such dump then. */
  async take(): Promise<Taken> {
    const begin = performance.now();
    const { range } = this;
    const number = this.number + 1;
    const writer = new DumpWriter(this.directory, number);
    try {
      let { known } = this;
      if (number === 1) {
        const first = await this.source.capture({
          ...{ range, stopped: false, known },
          onPages: (page, bytes) => writer.write(page, bytes),
        });
        known = knownOf(first);
      }
      // While the program is stopped nothing waits for a disk.
      const copies: [page: number, bytes: Uint8Array][] = [];
      const capture = await this.source.capture({
        ...{ range, stopped: true, known },
        onPages: (page, bytes) => copies.push([page, Buffer.from(bytes)]),
      });
      if (number === 1 && range !== null && common(range, capture.vmas).length === 0)
        throw nothingMapped(this.source.description.pid ?? 0, range);
      for (const [page, bytes] of copies) writer.write(page, bytes);
      const { manifest, bytes, folder } = writer.finish(this.describe(number, capture));
      this.known = knownOf(capture);
      this.number = number;
      return { manifest, folder, bytes, pages: bytes / PAGE_SIZE, tookMs: performance.now() - begin };
    } catch (cause) {
      writer.discard();
      // What was cleared is in no dump: the next one has everything.
      this.known = new PageBitmap();
      throw cause;
    }
  }

  /** Ends the series; nothing is left behind if it has no dump. */
  close(): void {
    if (this.made && this.number === 0) removeEmptySeries(this.directory);
  }

  private describe(number: number, capture: Capture): Omit<Manifest, 'pages' | 'crc32'> {
    const { range } = this;
    const { description } = this.source;
    const pairs = (runs: Capture['own']): Manifest['own'] => runs.map(([start, end]) => [start, end - start]);
    return {
      format: 'soft-dirty dump',
      version: DUMP_VERSION,
      series: this.series,
      number,
      kind: number === 1 ? 'full' : 'increment',
      pid: description.pid ?? 0,
      program: description.title,
      takenAt: new Date().toISOString(),
      backend: this.source.backend,
      threads: capture.threads,
      stoppedNs: capture.stoppedNs,
      range: range && [range.start, rangePages(range)],
      vmas: capture.vmas.map((vma) => ({
        start: vma.start,
        pages: rangePages(vma),
        perms: vmaPermissions(vma),
        kind: vma.kind,
        name: vma.name,
        ...(!vma.tracked && { untracked: vma.untracked ?? '' }),
      })),
      own: pairs(capture.own),
      unread: pairs(capture.unread),
    };
  }
}

function knownOf({ own, unread }: Capture): PageBitmap {
  const known = new PageBitmap();
  for (const [start, end] of own) known.add(start, end);
  for (const [start, end] of unread) known.remove(start, end);
  return known;
}
