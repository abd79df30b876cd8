import type { Vma } from '#shared/memory/vma.ts';
import { findVma, firstEndingAfter } from '#shared/memory/vma.ts';
import * as errors from '../errors.ts';
import * as notices from '../notices.ts';
import { commonLines } from '../process/changed-lines.ts';
import { parseMapsLine, type MapsVma } from '../process/maps.ts';
import { errorCode } from '../../error-code.ts';
import { WholeFile } from '../process/read-whole.ts';
import type { Near } from './registration/near.ts';
import { writtenByKernel } from './written-by-kernel.ts';
import type { Admission, RegistrationState } from './registration/registration-state.ts';

/** Decides of a VMA whether it is tracked: null if so, the reason if not, or the complete admission. */
export type Admit = (vma: MapsVma, near: Near) => null | string | Admission;

/** Maximum share of the time for reading maps; programs with 10,000 VMAs are read less often than sampled. */
const MAX_SHARE = 0.1;

/** On the object itself: a WeakMap of 60,000 entries costs seconds in the garbage collector. */
const REGISTRATION = Symbol('registration');
type RegisteredVma = Vma & { readonly [REGISTRATION]?: RegistrationState };

/**
 * The VMAs of a process, followed through an open /proc/PID/maps. Every VMA that appears, or changes its line, is
 * admitted again; those that are not tracked keep the reason. The descriptor belongs to the address space, not to the pid.
 * (PROCMAP_QUERY, one call a VMA, takes three times as long as reading the text: 22 against 8 ms for 20,000 VMAs.)
 */
export class AddressSpace {
  /** Ascending. Replaced when something changed, the same object otherwise. */
  vmas: readonly Vma[] = [];
  /** The VMA of each line of the last reading, and where the line ends. */
  private lines: readonly Vma[] = [];
  private lineEnds: readonly number[] = [];
  private readonly file: WholeFile;
  private readonly admitOne: Admit;
  private previous: Buffer = Buffer.alloc(0);
  private readAt = -Infinity;
  /** Costs of the last two readings: a single one may have been delayed. */
  private costs: readonly [number, number] = [0, 0];

  constructor(mapsFd: number, admit: Admit) {
    this.file = new WholeFile(mapsFd);
    this.admitOne = admit;
  }

  /** Reads maps unless that was done just now; throws InspectorError `program-ended`. */
  refreshIfDue(): void {
    if (performance.now() - this.readAt >= Math.min(...this.costs) / MAX_SHARE) this.refresh();
  }

  /** Reads maps and admits what is new. Returns whether anything changed. */
  refresh(): boolean {
    const begin = performance.now();
    const bytes = this.readFile();
    if (bytes.length === 0) throw errors.programGone();
    const changed = !bytes.equals(this.previous);
    if (changed) this.update(Buffer.from(bytes));
    this.readAt = performance.now();
    this.costs = [this.costs[1], this.readAt - begin];
    return changed;
  }

  /** Admits again every VMA that `which` picks. */
  readmit(which: (vma: Vma) => boolean): void {
    let lines: Vma[] | null = null;
    for (let i = 0; i < this.lines.length; i++) {
      const vma = this.lines[i];
      if (!which(vma)) continue;
      const near = { before: [vma], previous: (lines ?? this.lines)[i - 1], next: this.lines[i + 1] };
      const now = this.admit(vma, near);
      const same =
        now.untracked === vma.untracked &&
        now.reason === vma.reason &&
        this.registration(now)?.kind === this.registration(vma)?.kind;
      if (!same) (lines ??= [...this.lines])[i] = now;
    }
    if (lines === null) return;
    this.lines = lines;
    this.vmas = ascending(lines);
  }

  /** The registration of `vma`, one of `vmas`; undefined if none was decided. */
  registration(vma: Vma): RegistrationState | undefined {
    return (vma as RegisteredVma)[REGISTRATION];
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
      // The file belongs to the address space, but the kernel checks the process first.
      if (errorCode(cause) === 'ESRCH') throw errors.programGone();
      throw cause;
    }
  }

  /** Parses what differs from the last reading; the lines before and after keep their VMAs. */
  private update(bytes: Buffer): void {
    const { prefix, suffix } = commonLines(this.previous, bytes);
    const kept = this.linesIn(prefix);
    const keptEnd = this.lineEnds.length - this.linesIn(this.previous.length - suffix);
    const shift = bytes.length - this.previous.length;
    const first = this.lineEnds.length - keptEnd;
    const before = this.lines.slice(kept, first);
    const known = new Map<string, Vma>();
    for (let i = kept; i < first; i++) {
      const from = i === 0 ? 0 : this.lineEnds[i - 1];
      known.set(this.previous.toString('utf8', from, this.lineEnds[i] - 1), this.lines[i]);
    }
    const parsed: (MapsVma | Vma)[] = [];
    const middleEnds: number[] = [];
    for (let at = prefix; at < bytes.length - suffix; at = middleEnds[middleEnds.length - 1]) {
      const end = bytes.indexOf(10, at);
      const line = bytes.toString('utf8', at, end);
      parsed.push(known.get(line) ?? parseMapsLine(line));
      middleEnds.push(end + 1);
    }
    const middle: Vma[] = [];
    for (const [i, vma] of parsed.entries()) {
      const near = (): Near => ({
        before: overlapping(before, vma),
        previous: middle[i - 1] ?? this.lines[kept - 1],
        next: parsed[i + 1] ?? this.lines[first],
      });
      middle.push(isAdmitted(vma) ? vma : this.admit(vma, near()));
    }
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

  private admit(vma: MapsVma, near: Near): Vma {
    const answer = impossible(vma) ?? this.admitOne(vma, near);
    if (answer === null || typeof answer === 'string') {
      const untracked = answer ?? undefined;
      return { ...vma, tracked: answer === null, untracked };
    }
    const { registration, ...fields } = answer;
    const admitted: RegisteredVma = { ...vma, ...fields, [REGISTRATION]: registration };
    return admitted;
  }
}

/** Why a VMA of this kind cannot be tracked. */
function impossible(vma: MapsVma): string | null {
  if (vma.kind === 'special') return notices.UNTRACKED.special;
  if (/^\/dev\/(?!shm\/|zero|hugepages)/.test(vma.name)) return notices.UNTRACKED.device;
  return writtenByKernel(vma.name);
}

const isAdmitted = (vma: MapsVma | Vma): vma is Vma => 'tracked' in vma;

/** Those of `vmas`, which ascend, that share a page with `vma`. */
function overlapping(vmas: readonly Vma[], vma: MapsVma): readonly Vma[] {
  const first = firstEndingAfter(vmas, vma.start);
  let last = first;
  while (last < vmas.length && vmas[last].start < vma.end) last++;
  return vmas.slice(first, last);
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
