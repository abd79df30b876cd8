import type { Vma } from '#shared/memory/vma.ts';
import { findVma } from '#shared/memory/vma.ts';
import * as say from '../messages.ts';
import { forEachMapsLine, parseMapsLine, type MapsVma } from '../process/maps.ts';
import { errorCode } from '../process/proc-files.ts';
import { WholeFile } from '../process/read-whole.ts';
import { ERRNO } from '../syscalls/constants.ts';

/** Makes a VMA trackable: 0, or the negative errno of the refusal. Repeating it is harmless. */
export type Register = (vma: MapsVma) => number;

/** A read of maps may take this share of the time; programs with 10,000 VMAs are read less often than sampled. */
const MOST_SHARE = 0.1;

export const isShared = (vma: Pick<Vma, 'kind'>) => vma.kind === 'anon-shared' || vma.kind === 'file-shared';

/**
 * The VMAs of a process, followed through an open /proc/PID/maps. Every VMA that appears, or changes its line, is
 * registered; those that cannot be keep the reason. The descriptor belongs to the address space, not to the pid.
 */
export class AddressSpace {
  /** Ascending. Replaced when something changed, the same object otherwise. */
  vmas: readonly Vma[] = [];
  private known = new Map<string, Vma>();
  private readonly file: WholeFile;
  private readonly register: Register;
  private previous = Buffer.alloc(0);
  private readAt = -Infinity;
  private readCost = 0;

  constructor(mapsFd: number, register: Register) {
    this.file = new WholeFile(mapsFd);
    this.register = register;
  }

  /** Reads maps unless that was done just now; throws InspectorError `program-ended`. */
  refreshIfDue(): void {
    if (performance.now() - this.readAt >= this.readCost / MOST_SHARE) this.refresh();
  }

  /** Reads maps and registers what is new. Returns whether anything changed. */
  refresh(): boolean {
    const begin = performance.now();
    const bytes = this.readFile();
    if (bytes.length === 0) throw say.programGone();
    const changed = !bytes.equals(this.previous);
    if (changed) {
      this.previous = Buffer.from(bytes);
      this.parse(bytes.toString('utf8'));
    }
    this.readAt = performance.now();
    this.readCost = this.readAt - begin;
    return changed;
  }

  /** Registers again every VMA that overlaps pages `start` … `end` - 1: another one may lie in its place. */
  reregister(start: number, end: number): void {
    let replaced: Vma[] | undefined;
    this.vmas.forEach((vma, i) => {
      if (vma.start >= end || vma.end <= start) return;
      const now = this.admit(vma);
      if (now.untracked === vma.untracked) return;
      replaced ??= [...this.vmas];
      replaced[i] = now;
      for (const [line, known] of this.known) if (known === vma) this.known.set(line, now);
    });
    if (replaced) this.vmas = replaced;
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

  private parse(text: string): void {
    const lines = new Map<string, Vma>();
    const vmas: Vma[] = [];
    forEachMapsLine(text, (line) => {
      const vma = this.known.get(line) ?? this.admit(parseMapsLine(line));
      // The file is read in pieces, so a VMA that changes meanwhile can be seen twice: the first one counts.
      const last = vmas.at(-1);
      if (last && vma.start < last.end) return;
      lines.set(line, vma);
      vmas.push(vma);
    });
    this.known = lines;
    this.vmas = vmas;
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
    if (errno === -ERRNO.EBUSY) return say.UNTRACKED.busy;
    if (errno === -ERRNO.EPERM) return say.UNTRACKED.readOnlyShared;
    return say.UNTRACKED.refused;
  }
}
