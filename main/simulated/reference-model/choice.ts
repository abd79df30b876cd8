/**
 * The places and sizes of random steps: a step is selected by a few numbers and by the process's current state. Most calls fall on VMAs that exist, on their borders and into the gaps between them.
 */
import type { MapKind, Protection } from '../../scenarios/steps.ts';
import type { Process, Vma } from './state.ts';

const BASE = 0x100000;
/** Pages in the arena: 16 MiB, 8 tiles, from 0x100000000. */
export const ARENA = { start: BigInt(BASE) * 4096n, pages: 4096 };

/** The topic of a sequence: a mixture of operations and sizes. */
export const TOPICS = [
  'traces',
  'small',
  'huge',
  'swap',
  'processes',
  'layout',
  'armed',
  'files',
  'wild',
] as const;
export type Topic = (typeof TOPICS)[number];

/** Numbers that decide, used one after another; 0 is the plainest choice, so that a failing case shrinks to little. */
export class Dice {
  private readonly numbers: readonly number[];
  private at = 0;

  constructor(numbers: readonly number[]) {
    this.numbers = numbers;
  }

  /** 0 … below - 1. */
  roll(below: number): number {
    const number = this.numbers.length === 0 ? 0 : this.numbers[this.at++ % this.numbers.length];
    return below <= 0 ? 0 : number % below;
  }

  chance(of: number): boolean {
    return this.roll(of) === of - 1;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.roll(from.length)];
  }
}

/** One choice of a step, from the dice and the state of the process. */
export class Choice {
  readonly dice: Dice;
  private readonly process: Process;
  private readonly topic: Topic;

  constructor(dice: Dice, process: Process, topic: Topic) {
    this.dice = dice;
    this.process = process;
    this.topic = topic;
  }

  private get tiny(): boolean {
    return this.topic === 'small' || this.topic === 'layout' || this.topic === 'processes';
  }

  /** A number of pages. */
  private size(): number {
    const { dice } = this;
    const kind = dice.roll(8);
    if (this.tiny) return kind < 7 ? 1 + dice.roll(12) : 512;
    if (this.topic === 'huge' && kind < 6) return 512 * (1 + dice.roll(3));
    if (kind < 4) return 1 + dice.roll(24);
    if (kind < 7) return 512 * (1 + dice.roll(2)) + (dice.chance(4) ? dice.roll(40) - 20 : 0);
    return 1 + dice.roll(2500);
  }

  /** A page of the arena: anywhere, near its start, near the borders of tiles. */
  private anywhere(): number {
    const { dice } = this;
    const kind = dice.roll(4);
    if (this.topic === 'huge' && kind > 0) return BASE + 512 * dice.roll(8);
    if (this.tiny) return BASE + (kind < 3 ? dice.roll(64) : 512 - 8 + dice.roll(16));
    if (kind < 2) return BASE + 512 * dice.roll(8);
    if (kind === 2) return BASE + Math.max(0, 512 * dice.roll(8) + dice.roll(21) - 10);
    return BASE + dice.roll(ARENA.pages);
  }

  private vma(fits: (vma: Vma) => boolean = () => true): Vma | null {
    const arena = this.process.vmas.filter((vma) => vma.start < BASE + ARENA.pages && vma.end > BASE);
    const inside = arena.filter(fits);
    return inside.length === 0 ? null : this.dice.pick(inside);
  }

  /** Pages of something that is mapped: a VMA, a part of it, or across its border. */
  private mapped(fits?: (vma: Vma) => boolean): [start: number, end: number] {
    const { dice } = this;
    const vma = this.vma(fits);
    if (!vma || dice.chance(14)) {
      const start = this.anywhere();
      return [start, start + this.size()];
    }
    const pages = vma.end - vma.start;
    const part = dice.roll(fits ? 7 : 9);
    const few = Math.min(this.size(), pages);
    if (part < 1 && pages < 10_000) return [vma.start, vma.end];
    if (part === 1) return [vma.start, vma.start + few];
    if (part === 2) return [vma.end - few, vma.end];
    if (part < 5) {
      const start = vma.start + dice.roll(pages - few + 1);
      return [start, start + few];
    }
    const first = vma.start - (vma.start % 512);
    if (part < 7) {
      const tile = first + 512 * dice.roll(Math.ceil((vma.end - first) / 512));
      return [tile, tile + 512];
    }
    const border = dice.chance(2) ? vma.start : vma.end;
    return [Math.max(BASE, border - 1 - dice.roll(few)), border + 1 + dice.roll(few)];
  }

  /** Pages for a new mapping: in a gap, often next to a VMA. */
  private free(): [start: number, end: number] {
    const { dice } = this;
    const pages = this.size();
    const vma = this.vma();
    if (!vma || dice.chance(3)) {
      const start = this.anywhere();
      return [start, start + pages];
    }
    if (dice.chance(2)) return [Math.max(BASE, vma.start - pages), vma.start];
    const next = this.process.vmas.find((other) => other.start >= vma.end);
    const end = next && dice.chance(2) ? next.start : vma.end + pages;
    return end - vma.end > 0 && end - vma.end < 3000 ? [vma.end, end] : [vma.end, vma.end + pages];
  }

  /** As bytes; in topic `wild` sometimes unusual values. */
  private bytes([start, end]: [start: number, end: number]): { addr: bigint; len: bigint } {
    const range = { addr: BigInt(start) * 4096n, len: BigInt(Math.max(0, end - start)) * 4096n };
    if (this.topic !== 'wild' || this.dice.roll(4) < 3) return range;
    if (this.dice.chance(2)) return { ...range, len: this.strange() };
    return { addr: this.dice.chance(2) ? this.strange() : range.addr + 8n, len: range.len };
  }

  /** A number near a limit of the kernel. */
  strange(): bigint {
    const { dice } = this;
    const base = [0n, 1n, 12n, 31n, 32n, 40n, 46n, 47n, 48n, 56n, 57n, 63n, 64n][dice.roll(13)];
    const value = (1n << base) + [0n, -1n, 1n, -4096n, 4096n, -8192n][dice.roll(6)];
    return value < 0n || value >= 1n << 64n ? 0n : value;
  }

  range(): { addr: bigint; len: bigint } {
    return this.bytes(this.mapped());
  }

  /** Mostly within a VMA that allows it. */
  accessible(write: boolean): { addr: bigint; len: bigint } {
    return this.bytes(this.mapped((vma) => (write ? vma.write : vma.read)));
  }

  gap(): { addr: bigint; len: bigint } {
    return this.bytes(this.free());
  }

  prot(): Protection {
    return this.dice.pick<Protection>([
      'rw',
      'rw',
      'rw',
      'rw',
      'rw',
      'rw',
      'r',
      'r',
      'none',
      'rwx',
      'rx',
      'w',
      'x',
    ]);
  }

  protect(): Protection {
    return this.dice.pick<Protection>(['rw', 'r', 'rw', 'rw', 'none', 'rw', 'r', 'rwx']);
  }

  kind(): MapKind {
    const { dice, topic } = this;
    if (topic === 'armed') return dice.chance(6) ? 'file-private' : 'anon-private';
    if (topic === 'files') return dice.pick<MapKind>(['file-shared', 'anon-shared', 'file-private']);
    const private9 = Array.from({ length: 9 }, (): MapKind => 'anon-private');
    return dice.pick<MapKind>([...private9, 'anon-shared', 'file-shared', 'file-private', 'anon-shared']);
  }
}
