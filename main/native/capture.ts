import { closeSync, openSync, readSync } from 'node:fs';
import { InspectorError } from '#shared/contract/errors.ts';
import { PAGE_SIZE, WORDS_PER_TILE } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { intersectRanges, type PageRange } from '#shared/memory/range.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import type { Vma } from '#shared/memory/vma.ts';
import { MemoryFile } from './process/memory-file.ts';
import type { ProcessFreezer } from './process-freezer.ts';
import { memoryThread } from './process/status.ts';
import { PageBitmap } from './tracking/page-bitmap.ts';

/** Pages (first, end) whose contents are of no file. */
export type PageRuns = readonly (readonly [start: number, end: number])[];

export interface CaptureRequest {
  /** Null: all memory. */
  readonly range: PageRange | null;
  /**
   * Whether all threads are stopped meanwhile, so that the capture is of one point in time; otherwise pages written
   * later are in the next one.
   */
  readonly stopped: boolean;
  /** Pages whose contents the caller has already; others are read whether they were written or not. */
  readonly known: PageBitmap;
  /** Contents of whole pages from `page` on, ascending. `bytes` is overwritten after the call. */
  onPages(page: number, bytes: Uint8Array): void;
}

export interface Capture {
  readonly vmas: readonly Vma[];
  /** Pages with contents of their own at that time; others hold zeros, or what their file holds. */
  readonly own: PageRuns;
  /** Those of them that could not be read. */
  readonly unread: PageRuns;
  readonly threads: number;
  readonly stoppedNs: number;
}

const CHUNK_PAGES = 256;
const ENTRY_BYTES = 8;
/** Bit 61 of a pagemap entry: the page is a file's, or of shared memory. */
const HIGH_WORD_FILE = 1 << 29;
/** Shared mappings without a file on a disk, by the beginning of their names: their contents exist only in memory. */
const MEMORY_FILES = ['/memfd:', '/SYSV', '/dev/zero', '/dev/shm/'];

/** What a capture reads of a process beside its planes. */
class CaptureReader {
  private readonly memory: MemoryFile;
  private readonly pagemap: number;
  private readonly chunk = Buffer.alloc(CHUNK_PAGES * PAGE_SIZE);
  private readonly entries = Buffer.alloc(CHUNK_PAGES * ENTRY_BYTES);

  /** Throws if the page map may not be opened. */
  constructor(pid: number) {
    this.memory = new MemoryFile(pid);
    this.pagemap = openSync(`/proc/${memoryThread(pid)}/pagemap`, 'r');
  }

  /** Passes the contents of `runs` to `visit`; returns the runs that could not be read. */
  read(runs: PageRuns, visit: CaptureRequest['onPages']): PageRuns {
    const unread: (readonly [number, number])[] = [];
    for (const [start, end] of runs) {
      for (let page = start; page < end;) {
        const read = this.readAt(page, Math.min(CHUNK_PAGES, end - page));
        if (read > 0) visit(page, this.chunk.subarray(0, read * PAGE_SIZE));
        else unread.push([page, page + 1]);
        page += Math.max(1, read);
      }
    }
    return unread;
  }

  /** The runs of a private mapping of a file whose pages are not the file's: they were written. */
  withoutFilePages(start: number, end: number): PageRuns {
    const runs: [number, number][] = [];
    for (let page = start; page < end;) {
      const bytes = readSync(
        this.pagemap,
        this.entries,
        0,
        Math.min(CHUNK_PAGES, end - page) * ENTRY_BYTES,
        page * ENTRY_BYTES,
      );
      const count = Math.floor(bytes / ENTRY_BYTES);
      if (count === 0) break;
      for (let i = 0; i < count; i++, page++) {
        if ((this.entries.readUInt32LE(i * ENTRY_BYTES + 4) & HIGH_WORD_FILE) !== 0) continue;
        const last = runs.at(-1);
        if (last?.[1] === page) last[1]++;
        else runs.push([page, page + 1]);
      }
    }
    return runs;
  }

  close(): void {
    this.memory.close();
    closeSync(this.pagemap);
  }

  /** Number of pages read into `chunk`: if not all of them can be read at once, only the first. */
  private readAt(page: number, pages: number): number {
    return (
      this.memory.read(page, pages, this.chunk) || (pages > 1 ? this.memory.read(page, 1, this.chunk) : 0)
    );
  }
}

/**
 * Captures process `pid`: one sample by `sample`, which fills `tiles` and takes what was written, and the contents that it
 * calls for; with the program stopped if `request` has it.
 */
export function captureNow(
  pid: number,
  freezer: ProcessFreezer,
  request: CaptureRequest,
  sample: (tiles: TileSet) => { readonly vmas: readonly Vma[] },
): Capture {
  const reader = new CaptureReader(pid);
  try {
    let found: Pick<Capture, 'vmas' | 'own' | 'unread'> | undefined;
    const take = () => {
      const tiles = new TileSet();
      const { vmas } = sample(tiles);
      const { own, changed } = ownPages(reader, tiles, vmas, request);
      found = { vmas, own, unread: reader.read(changed, request.onPages) };
    };
    let stop = { threads: 0, stoppedNs: 0 };
    if (request.stopped) stop = freezer.measure(take);
    else take();
    if (!found) throw new InspectorError('internal', 'Nothing was captured.');
    return { ...found, ...stop };
  } finally {
    reader.close();
  }
}

/**
 * What a capture has to read, from one sample with state planes: pages with contents of their own, and those of them that
 * the caller does not have, or that something happened to since the sample before.
 */
function ownPages(
  reader: CaptureReader,
  tiles: TileSet,
  vmas: readonly Vma[],
  { range, known }: Pick<CaptureRequest, 'range' | 'known'>,
): { own: PageRuns; changed: PageRuns } {
  const own: (readonly [number, number])[] = [];
  const changed: (readonly [number, number])[] = [];
  const present = presentPages(tiles);
  const touched = new PageBitmap();
  for (const plane of [Plane.Written, Plane.Touched, Plane.Hot, Plane.Gone])
    for (const [start, end] of tiles.runs(plane)) touched.add(start, end);
  let next = 0;
  for (const vma of vmas) {
    const within = range === null ? vma : intersectRanges(vma, range);
    if (within === null || !hasOwnContents(vma)) continue;
    while (next < present.length && present[next][1] <= within.start) next++;
    for (let i = next; i < present.length && present[i][0] < within.end; i++) {
      const from = Math.max(present[i][0], within.start);
      const to = Math.min(present[i][1], within.end);
      const runs: PageRuns = vma.kind === 'file-private' ? reader.withoutFilePages(from, to) : [[from, to]];
      for (const run of runs) {
        own.push(run);
        // Its writes are not all seen, so all of it may have changed.
        if (!vma.tracked || vma.tracking === 'pinned') changed.push(run);
        else addChanged(run, known, touched, changed);
      }
    }
  }
  return { own, changed };
}

function addChanged(
  [start, end]: readonly [number, number],
  known: PageBitmap,
  touched: PageBitmap,
  into: (readonly [number, number])[],
): void {
  known.split(start, end, (from, to, has) => {
    if (!has) into.push([from, to]);
    else touched.forEachRun(from, to, (first, last) => into.push([first, last]));
  });
}

/** Pages in memory or swap that are neither the zero page nor a guard, ascending. */
function presentPages(tiles: TileSet): PageRuns {
  const own = new TileSet();
  own.mark(1 << Plane.Present);
  for (let slot = 0; slot < tiles.size; slot++) {
    const at = own.offset(own.ensure(tiles.indexes[slot]), Plane.Present);
    const word = (plane: Plane, w: number) => tiles.words[tiles.offset(slot, plane) + w];
    for (let w = 0; w < WORDS_PER_TILE; w++)
      own.words[at + w] =
        (word(Plane.Present, w) | word(Plane.Swapped, w)) & ~word(Plane.Zero, w) & ~word(Plane.Guard, w);
  }
  return own.runs(Plane.Present);
}

function hasOwnContents({ kind, name }: Vma): boolean {
  if (kind === 'special') return false;
  return kind !== 'file-shared' || MEMORY_FILES.some((prefix) => name.startsWith(prefix));
}
