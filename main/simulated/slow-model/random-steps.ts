/**
 * Random steps for property tests. A step is chosen by a handful of numbers, and meets what the process has at that
 * moment: most calls fall on VMAs that exist, on their borders and into the gaps between them.
 */
import { ADVICES, type Advice, type MapKind, type Protection, type Step } from '../../scenarios/steps.ts';
import type { Process, Vma } from './state.ts';

const BASE = 0x100000;
/** Pages in the arena: 16 MiB, 8 tiles, from 0x100000000. */
export const ARENA = { start: BigInt(BASE) * 4096n, pages: 4096 };

/** What a sequence is about; each is another mixture of operations and sizes. */
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

type Weights = readonly (readonly [number, (choice: Choice) => Step])[];

/** One choice of a step: the dice, and what the process looks like. */
class Choice {
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

  /** Pages for something new: in a gap, often beside a VMA. */
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

  /** As bytes; in topic `wild` sometimes what no sane program asks. */
  private bytes([start, end]: [start: number, end: number]): { addr: bigint; len: bigint } {
    const range = { addr: BigInt(start) * 4096n, len: BigInt(Math.max(0, end - start)) * 4096n };
    if (this.topic !== 'wild' || this.dice.roll(4) < 3) return range;
    if (this.dice.chance(2)) return { ...range, len: this.strange() };
    return { addr: this.dice.chance(2) ? this.strange() : range.addr + 8n, len: range.len };
  }

  /** A number at the border of what the kernel takes. */
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

const mmap = (choice: Choice): Step => {
  const { dice } = choice;
  const at = dice.chance(6) ? choice.range() : choice.gap();
  return { op: 'mmap', ...at, prot: choice.prot(), kind: choice.kind() };
};
const mmapElsewhere = (choice: Choice): Step => {
  const at = choice.dice.chance(2) ? choice.range() : choice.gap();
  const place = choice.dice.pick(['hint', 'fixed'] as const);
  return { op: 'mmap', ...at, prot: choice.prot(), kind: choice.kind(), place };
};
const mmapDevice = (choice: Choice): Step => ({
  op: 'mmap',
  ...choice.gap(),
  prot: choice.prot(),
  kind: 'special',
});
const munmap = (choice: Choice): Step => ({ op: 'munmap', ...choice.range() });
const mprotect = (choice: Choice): Step => ({ op: 'mprotect', ...choice.range(), prot: choice.protect() });
const read = (choice: Choice): Step => ({ op: 'read', ...choice.accessible(false) });
const write = (choice: Choice): Step => ({ op: 'write', ...choice.accessible(true) });
const writeOne = (choice: Choice): Step => ({ op: 'write', addr: choice.accessible(true).addr, len: 1n });
const fork = (): Step => ({ op: 'fork' });
const khugepaged = (): Step => ({ op: 'khugepaged' });

const mremapHere = (choice: Choice): Step => {
  const at = choice.range();
  const change = BigInt(choice.dice.roll(24) - 8) * 4096n;
  return { op: 'mremap', ...at, newLen: at.len + change > 0n ? at.len + change : 4096n };
};
const mremapMaybe = (choice: Choice): Step => ({ ...mremapHere(choice), mayMove: true }) as Step;
const mremapTo = (choice: Choice): Step => {
  const { dice } = choice;
  const at = choice.range();
  const to = dice.chance(4) ? choice.range() : choice.gap();
  const newLen = dice.chance(4) ? to.len : at.len;
  const keep = dice.chance(5) ? { dontunmap: true } : {};
  // Half of the huge ones go to the same place in another tile, so that tables and huge pages move whole.
  const aligned = to.addr - (to.addr % 0x200000n) + (at.addr % 0x200000n);
  return { op: 'mremap', ...at, newLen, newAddr: dice.chance(2) ? aligned : to.addr, ...keep };
};
const advise =
  (...advices: Advice[]) =>
  (choice: Choice): Step => ({ op: 'madvise', ...choice.range(), advice: choice.dice.pick(advices) });
const clearRefs = (choice: Choice): Step => {
  const value = choice.dice.pick([4, 4, 4, 1, 2, 3, 5, 0, 6]);
  return value === 4 ? { op: 'clear_refs' } : { op: 'clear_refs', value };
};
const ioctl = (choice: Choice): Step => {
  const { dice } = choice;
  const cmd = dice.pick(['GET', 'CLEAR', 'GET_AND_CLEAR', 'GET_AND_CLEAR'] as const);
  const wide = dice.chance(3);
  const at = wide ? { addr: ARENA.start, len: BigInt(ARENA.pages) * 4096n } : choice.range();
  const pages = Number(at.len / 4096n) || 1;
  const vecLen = dice.pick([
    pages,
    1 + dice.roll(12),
    4096,
    512,
    511,
    513,
    1 + dice.roll(pages),
    dice.chance(9) ? 0 : 600,
  ]);
  const flags = dice.pick([0, 0, 0, 1, 1, 0, 1, dice.chance(4) ? 2 : 0]);
  const len = dice.chance(6) ? at.len - BigInt(dice.roll(4095)) : at.len;
  const odd = dice.chance(40)
    ? { vec: dice.pick(['null', 'kernel', 'unmapped', 'readonly', 'badarg'] as const) }
    : {};
  return { op: 'ioctl', cmd, start: at.addr, len, vecLen, flags, ...odd };
};
const view = (choice: Choice): Step => {
  const { dice } = choice;
  if (dice.chance(2)) return { op: 'pagemap', ...choice.range() };
  return { op: dice.pick(['vmas', 'ptes', 'hugepages'] as const) };
};
const process = (choice: Choice): Step => {
  const { dice } = choice;
  return dice.roll(3) < 2 ? { op: 'switch', process: dice.roll(4) } : { op: 'exit' };
};
const behind = (choice: Choice): Step => {
  const op = choice.dice.pick(['pin', 'unpin', 'reclaim', 'migrate', 'reclaim'] as const);
  return { op, ...choice.range() };
};
const brk = (choice: Choice): Step => {
  const { dice } = choice;
  return { op: 'brk', addr: ARENA.start + BigInt((dice.roll(40) - 2) * 4096 + (dice.chance(4) ? 100 : 0)) };
};
const truncate = (choice: Choice): Step => {
  const { dice } = choice;
  const pages = dice.chance(2) ? dice.roll(64) : dice.roll(ARENA.pages);
  return { op: 'truncate', len: BigInt(pages) * 4096n - (pages > 0 && dice.chance(3) ? 5n : 0n) };
};
const arm = (choice: Choice): Step => {
  const op = choice.dice.pick([
    'uffd_register',
    'uffd_writeprotect',
    'uffd_register',
    'uffd_unregister',
  ] as const);
  return { op, ...choice.range() };
};
const lift = (choice: Choice): Step => ({ op: 'uffd_writeprotect', ...choice.range(), protect: false });
const scan = (choice: Choice): Step => {
  const { dice } = choice;
  const at = dice.chance(3) ? { addr: ARENA.start, len: BigInt(ARENA.pages) * 4096n } : choice.range();
  const mask = (): bigint =>
    dice.pick([2n, 0n, 8n, 0x80n, 0x10n, 0x18n, 3n, 0x20n, 4n, 0x100n, BigInt(dice.roll(512))]);
  const none = (): bigint => (dice.chance(3) ? mask() : 0n);
  return {
    ...{ op: 'pagemap_scan', start: at.addr, end: at.addr + at.len, flags: dice.pick([0n, 1n, 1n, 2n, 3n]) },
    vecLen: dice.pick([600n, 2n, 1n, 0n, 20n, 5000n]),
    maxPages: dice.pick([0n, 0n, 1n, 5n, 300n, 512n]),
    ...{ mask: mask(), returns: dice.chance(2) ? 2n : mask(), inverted: none(), anyof: none() },
  };
};

const COMMON: Weights = [
  [8, mmap],
  [2, munmap],
  [6, mprotect],
  [3, mremapTo],
  [1, mremapHere],
  [8, write],
  [4, writeOne],
  [4, read],
  [2, clearRefs],
  [10, ioctl],
  [3, view],
  [2, advise('dontneed')],
  [2, advise('hugepage', 'hugepage', 'nohugepage')],
];
const populate = advise('populate_read', 'populate_write');

const MIXTURES: Record<Topic, Weights> = {
  traces: [...COMMON, [1, fork], [1, advise('collapse')], [1, populate]],
  small: [...COMMON, [3, mmapElsewhere], [2, populate], [1, advise('free')]],
  huge: [
    ...COMMON,
    [4, advise('hugepage')],
    [4, advise('collapse')],
    [1, advise('free')],
    [2, khugepaged],
    [1, fork],
    [1, process],
  ],
  swap: [
    ...COMMON,
    [8, advise('pageout')],
    [3, advise('free')],
    [2, advise('collapse')],
    [6, behind],
    [2, fork],
    [3, process],
  ],
  processes: [...COMMON, [4, fork], [6, process], [3, advise('pageout', 'free')], [3, behind]],
  layout: [
    ...COMMON,
    [6, mmapElsewhere],
    [5, brk],
    [4, mremapMaybe],
    [4, mremapHere],
    [2, mmapDevice],
    [1, fork],
  ],
  armed: [
    ...COMMON,
    [7, arm],
    [2, lift],
    [12, scan],
    [3, advise('guard_install', 'guard_remove')],
    [1, behind],
    [1, advise('pageout')],
  ],
  files: [
    ...COMMON,
    [3, truncate],
    [3, advise('collapse')],
    [2, advise('pageout')],
    [2, populate],
    [2, mremapHere],
    [1, fork],
  ],
  wild: [
    ...COMMON,
    [3, mmapElsewhere],
    [2, mremapMaybe],
    [4, advise(...ADVICES)],
    [3, behind],
    [2, scan],
    [2, arm],
    [1, brk],
    [1, mmapDevice],
  ],
};

/** The step that these numbers choose for a process in its present state. */
export function stepOf(dice: Dice, process: Process, topic: Topic): Step {
  // The first few steps of a process that has nothing yet are maps.
  if (process.vmas.length < 2 && !dice.chance(3)) return mmap(new Choice(dice, process, topic));
  const mixture = MIXTURES[topic];
  let at = dice.roll(mixture.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, make] of mixture) {
    at -= weight;
    if (at < 0) return make(new Choice(dice, process, topic));
  }
  throw new Error('weights add up');
}

/** Steps that show everything that can be seen of the current process. */
export const SHOW_ALL: readonly Step[] = [
  { op: 'vmas' },
  { op: 'ptes' },
  { op: 'hugepages' },
  { op: 'pagemap', addr: 0n, len: 1n << 57n },
  {
    op: 'ioctl',
    cmd: 'GET',
    start: ARENA.start,
    len: BigInt(ARENA.pages) * 4096n,
    vecLen: ARENA.pages,
    flags: 0,
  },
  {
    op: 'ioctl',
    cmd: 'GET',
    start: ARENA.start,
    len: BigInt(ARENA.pages) * 4096n,
    vecLen: ARENA.pages,
    flags: 1,
  },
];
