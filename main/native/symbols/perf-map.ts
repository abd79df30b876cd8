import { readFileSync, statSync } from 'node:fs';
import { lowerBound } from '#shared/memory/lower-bound.ts';
import { readPart } from './file-part.ts';
import { processTimes, uptimeMs } from '../process-list/process-times.ts';

/** JIT compilers append to it all the time. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Up to this many lines are inserted one by one; beyond that all entries are sorted again. */
const MAX_INSERTED = 1000;
/** Tolerance of file times against the age of a process, in milliseconds. */
const CLOCK_SLACK_MS = 2000;
const TAIL_BYTES = 256;
const NEWLINE = 10;

interface Entry {
  readonly start: bigint;
  readonly end: bigint;
  readonly name: string;
}

/**
 * Functions that a program compiled while it runs, from /tmp/perf-PID.map (tools/perf/Documentation/jit-interface.txt): lines
 * `START SIZE NAME`, hexadecimal. In the program's own file system, with its own pid. A function replaces earlier ones where they
 * overlap: their memory was freed and used again.
 */
export class PerfMap {
  private readonly path: string;
  private readonly owners: ReadonlySet<number>;
  private readonly startedMs: number;
  /** Position of the first byte that was not read. */
  private position = 0;
  /** The bytes before it: they differ if the file was rewritten. */
  private tail: Buffer = Buffer.alloc(0);
  /** Ascending, without overlaps. */
  private entries: Entry[] = [];

  constructor(pid: number) {
    this.path = `/proc/${pid}/root/tmp/perf-${innermostId(pid)}.map`;
    // Every user may write to /tmp.
    this.owners = new Set([
      0,
      process.geteuid?.() ?? 0,
      statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? 0,
    ]);
    this.startedMs = Date.now() - processTimes(pid, uptimeMs).ageMs;
  }

  /** The function that holds `address`; null if none is listed. */
  name(address: bigint): string | null {
    this.refresh();
    const { entries } = this;
    const entry = entries[lowerBound(0, entries.length, (i) => entries[i].end > address)];
    return entry !== undefined && entry.start <= address ? entry.name : null;
  }

  private refresh(): void {
    const file = statSync(this.path, { throwIfNoEntry: false });
    if (file === undefined || file.size > MAX_BYTES || !this.owners.has(file.uid)) return;
    // An earlier process with the same number left it.
    if (file.mtimeMs < this.startedMs - CLOCK_SLACK_MS) return;
    if (file.size === this.position) return;
    if (file.size < this.position) this.restart();
    try {
      this.read(file.size);
    } catch {
      // Not ours to read.
    }
  }

  private restart(): void {
    this.position = 0;
    this.tail = Buffer.alloc(0);
    this.entries = [];
  }

  /** Reads whole lines up to `size`. */
  private read(size: number): void {
    const { tail } = this;
    const bytes = readPart(this.path, this.position - tail.length, size);
    if (!bytes.subarray(0, tail.length).equals(tail)) {
      this.restart();
      this.read(size);
      return;
    }
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    const lines = bytes.toString('utf8', tail.length, end);
    this.position += Math.max(0, end - tail.length);
    this.tail = Buffer.from(bytes.subarray(Math.max(0, end - TAIL_BYTES), end));
    this.add(parse(lines));
  }

  /** @param added in the order of their lines */
  private add(added: readonly Entry[]): void {
    if (added.length > MAX_INSERTED) this.entries = newestOf([...this.entries, ...added]);
    else for (const entry of added) this.insert(entry);
  }

  private insert(entry: Entry): void {
    const { entries } = this;
    const from = lowerBound(0, entries.length, (i) => entries[i].end > entry.start);
    const to = lowerBound(from, entries.length, (i) => entries[i].start >= entry.end);
    entries.splice(from, to - from, entry);
  }
}

/** Keeps the last of overlapping entries; ascending. */
function newestOf(entries: readonly Entry[]): Entry[] {
  const byStart = entries.map((entry, line) => ({ entry, line }));
  byStart.sort((a, b) =>
    a.entry.start < b.entry.start ? -1 : a.entry.start > b.entry.start ? 1 : a.line - b.line,
  );
  const kept: typeof byStart = [];
  for (const one of byStart) {
    let last = kept.at(-1);
    while (last && last.entry.end > one.entry.start && last.line < one.line) {
      kept.pop();
      last = kept.at(-1);
    }
    if (!last || last.entry.end <= one.entry.start) kept.push(one);
  }
  return kept.map(({ entry }) => entry);
}

function parse(text: string): Entry[] {
  const entries: Entry[] = [];
  for (const line of text.split('\n')) {
    const match = /^(?:0x)?([0-9a-f]+) (?:0x)?([0-9a-f]+) (.*)$/i.exec(line);
    if (!match) continue;
    const [start, bytes] = [BigInt(`0x${match[1]}`), BigInt(`0x${match[2]}`)];
    if (bytes > 0n) entries.push({ start, end: start + bytes, name: match[3] });
  }
  return entries;
}

/** Number of the process in its own PID namespace, even if `pid` is the number of one of its threads. */
function innermostId(pid: number): number {
  try {
    const ids = /^NStgid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(ids?.split(/\s+/).at(-1) ?? pid);
  } catch {
    return pid;
  }
}
