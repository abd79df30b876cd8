import type { Vma } from '#shared/memory/vma.ts';
import { findVma } from '#shared/memory/vma.ts';
import * as say from '../messages.ts';
import { commonLines } from '../process/changed-lines.ts';
import { parseMapsLine, type MapsVma } from '../process/maps.ts';
import { errorCode } from '../process/proc-files.ts';
import { WholeFile } from '../process/read-whole.ts';
import { ERRNO } from '../syscalls/constants.ts';

/** Makes a VMA trackable: 0, or the negative errno of the refusal, or why not in words. Repeating it is harmless. */
export type Register = (vma: MapsVma) => number | string;

/** A read of maps may take this share of the time; programs with 10,000 VMAs are read less often than sampled. */
const MOST_SHARE = 0.1;

/**
 * The VMAs of a process, followed through an open /proc/PID/maps. Every VMA that appears, or changes its line, is
 * registered; those that cannot be keep the reason. The descriptor belongs to the address space, not to the pid.
 * (PROCMAP_QUERY, one call a VMA, takes three times as long as reading the text: 22 against 8 ms for 20,000 VMAs.)
 */
export class AddressSpace {
  /** Ascending. Replaced when something changed, the same object otherwise. */
  vmas: readonly Vma[] = [];
  /** The VMA of each line of the last reading, and where the line ends. */
  private lines: readonly Vma[] = [];
  private lineEnds: readonly number[] = [];
  private readonly file: WholeFile;
  private readonly register: Register;
  private previous: Buffer = Buffer.alloc(0);
  private readAt = -Infinity;
  /** Of the last two readings: one alone may have been held up by others. */
  private costs: readonly [number, number] = [0, 0];

  constructor(mapsFd: number, register: Register) {
    this.file = new WholeFile(mapsFd);
    this.register = register;
  }

  /** Reads maps unless that was done just now; throws InspectorError `program-ended`. */
  refreshIfDue(): void {
    if (performance.now() - this.readAt >= Math.min(...this.costs) / MOST_SHARE) this.refresh();
  }

  /** Reads maps and registers what is new. Returns whether anything changed. */
  refresh(): boolean {
    const begin = performance.now();
    const bytes = this.readFile();
    if (bytes.length === 0) throw say.programGone();
    const changed = !bytes.equals(this.previous);
    if (changed) this.update(Buffer.from(bytes));
    this.readAt = performance.now();
    this.costs = [this.costs[1], this.readAt - begin];
    return changed;
  }

  /** Registers again every VMA that overlaps pages `start` … `end` - 1: another one may lie in its place. */
  reregister(start: number, end: number): void {
    let changed = false;
    const lines = this.lines.map((vma) => {
      if (vma.start >= end || vma.end <= start) return vma;
      const now = this.admit(vma);
      if (now.untracked === vma.untracked) return vma;
      changed = true;
      return now;
    });
    if (!changed) return;
    this.lines = lines;
    this.vmas = ascending(lines);
  }

  /** The VMA that holds `page`. */
  at(page: number): Vma | undefined {
    const index = findVma(this.vmas, page);
    return index < 0 ? undefined : this.vmas[index];
  }

  private readFile(): Buffer {
    try {
      return this.file.read();
    } catch (cause) {
      // The file belongs to the address space, but the kernel asks for the process first.
      if (errorCode(cause) === 'ESRCH') throw say.programGone();
      throw cause;
    }
  }

  /** Parses what differs from the last reading; the lines before and after keep their VMAs. */
  private update(bytes: Buffer): void {
    const { prefix, suffix } = commonLines(this.previous, bytes);
    const kept = this.linesIn(prefix);
    const keptEnd = this.lineEnds.length - this.linesIn(this.previous.length - suffix);
    const shift = bytes.length - this.previous.length;
    const known = new Map<string, Vma>();
    for (let i = kept; i < this.lineEnds.length - keptEnd; i++) {
      const from = i === 0 ? 0 : this.lineEnds[i - 1];
      known.set(this.previous.toString('utf8', from, this.lineEnds[i] - 1), this.lines[i]);
    }
    const middle: Vma[] = [];
    const middleEnds: number[] = [];
    for (let at = prefix; at < bytes.length - suffix; at = middleEnds[middleEnds.length - 1]) {
      const end = bytes.indexOf(10, at);
      const line = bytes.toString('utf8', at, end);
      middle.push(known.get(line) ?? this.admit(parseMapsLine(line)));
      middleEnds.push(end + 1);
    }
    const first = this.lineEnds.length - keptEnd;
    this.lines = [...this.lines.slice(0, kept), ...middle, ...this.lines.slice(first)];
    this.lineEnds = [
      ...this.lineEnds.slice(0, kept),
      ...middleEnds,
      ...this.lineEnds.slice(first).map((end) => end + shift),
    ];
    this.previous = bytes;
    this.vmas = ascending(this.lines);
  }

  /** How many lines end within the first `bytes` bytes of the last reading. */
  private linesIn(bytes: number): number {
    let low = 0;
    let high = this.lineEnds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.lineEnds[middle] <= bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private admit(vma: MapsVma): Vma {
    const untracked = this.reasonAgainst(vma);
    return { ...vma, tracked: untracked === undefined, untracked };
  }

  private reasonAgainst(vma: MapsVma): string | undefined {
    if (vma.kind === 'special') return say.UNTRACKED.special;
    if (/^\/dev\/(?!shm\/|zero)/.test(vma.name)) return say.UNTRACKED.device;
    const errno = this.register(vma);
    if (errno === 0) return undefined;
    if (typeof errno === 'string') return errno;
    if (errno === -ERRNO.EBUSY) return say.UNTRACKED.busy;
    if (errno === -ERRNO.EPERM) return say.UNTRACKED.readOnlyShared;
    return say.UNTRACKED.refused;
  }
}

/** The file is read in pieces, so a VMA that changes meanwhile can be seen twice: the first one counts. */
function ascending(lines: readonly Vma[]): readonly Vma[] {
  let end = 0;
  const overlap = lines.some((vma) => {
    const overlaps = vma.start < end;
    end = vma.end;
    return overlaps;
  });
  if (!overlap) return lines;
  end = 0;
  return lines.filter((vma) => {
    if (vma.start < end) return false;
    end = vma.end;
    return true;
  });
}
