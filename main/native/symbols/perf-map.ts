import { readFileSync, statSync } from 'node:fs';
import { lowerBound } from '#shared/memory/lower-bound.ts';

/** Compilers append to it all the time. */
const MAX_BYTES = 256 * 1024 * 1024;

interface Entry {
  readonly start: bigint;
  readonly end: bigint;
  readonly name: string;
}

/**
 * Functions that a program compiled while it runs, from /tmp/perf-PID.map (tools/perf/Documentation/jit-interface.txt): lines
 * `START SIZE NAME`, hexadecimal. In the program's own file system, with its own pid. A later line replaces earlier ones.
 */
export class PerfMap {
  private readonly path: string;
  private size = 0;
  private entries: Entry[] = [];

  constructor(pid: number) {
    this.path = `/proc/${pid}/root/tmp/perf-${innermostId(pid)}.map`;
  }

  /** The function that holds `address`; null where none is listed. */
  name(address: bigint): string | null {
    this.refresh();
    const { entries } = this;
    const after = lowerBound(0, entries.length, (i) => entries[i].start > address);
    const entry = entries[after - 1];
    return entry !== undefined && address < entry.end ? entry.name : null;
  }

  private refresh(): void {
    const size = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === this.size || size > MAX_BYTES) return;
    this.size = size;
    try {
      this.entries = parse(readFileSync(this.path, 'utf8'));
    } catch {
      // Not ours to read.
    }
  }
}

function parse(text: string): Entry[] {
  const byStart = new Map<bigint, Entry>();
  for (const line of text.split('\n')) {
    const match = /^(?:0x)?([0-9a-f]+) (?:0x)?([0-9a-f]+) (.*)$/i.exec(line);
    if (!match) continue;
    const start = BigInt(`0x${match[1]}`);
    byStart.set(start, { start, end: start + BigInt(`0x${match[2]}`), name: match[3] });
  }
  return [...byStart.values()].sort((a, b) => (a.start < b.start ? -1 : 1));
}

function innermostId(pid: number): number {
  try {
    const ids = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(ids?.split(/\s+/).at(-1) ?? pid);
  } catch {
    return pid;
  }
}
