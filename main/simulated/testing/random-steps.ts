import type { MachineSettings, Protection, Step } from '../../scenarios/steps.ts';
import { ADVICES, IOCTL_COMMANDS, PROTECTIONS, THP_MODES } from '../../scenarios/steps.ts';

const BASE = 0x1_0000_0000n;
const PAGES = 2048;

/** mulberry32: the same numbers for the same seed, everywhere. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 40 to 80 steps of every kind over an arena of four tiles and more, and a machine to run them on. */
export function randomSteps(seed: number): { settings: Partial<MachineSettings>; steps: Step[] } {
  const random = seeded(seed);
  const int = (below: number): number => Math.floor(random() * below);
  const pick = <T>(from: readonly T[]): T => from[int(from.length)];
  const page = (): number => (random() < 0.5 ? 512 * int(4) : random() < 0.6 ? int(48) : int(PAGES));
  const length = (): number => (random() < 0.4 ? 512 * (1 + int(3)) : 1 + int(random() < 0.8 ? 24 : 700));
  const range = (): { addr: bigint; len: bigint } => ({
    addr: BASE + BigInt(page()) * 4096n,
    len: BigInt(length()) * 4096n,
  });
  const rights = (): Protection => (random() < 0.5 ? 'rw' : pick(PROTECTIONS));
  const kind = () =>
    pick(['anon-private', 'anon-private', 'anon-shared', 'file-private', 'file-shared'] as const);
  const makers: readonly (readonly [weight: number, make: () => Step])[] = [
    [10, () => ({ op: 'mmap', ...range(), prot: rights(), kind: kind() })],
    [2, () => ({ op: 'mmap', ...range(), prot: rights(), kind: kind(), place: 'fixed' })],
    [1, () => ({ op: 'mmap', ...range(), prot: rights(), kind: pick(['special', 'hugetlb'] as const) })],
    [4, () => ({ op: 'munmap', ...range() })],
    [8, () => ({ op: 'mprotect', ...range(), prot: rights() })],
    [4, () => ({ op: 'mremap', ...range(), newLen: BigInt(length()) * 4096n, mayMove: random() < 0.3 })],
    [6, () => remap(range(), range(), random() < 0.3)],
    [1, () => ({ op: 'brk', addr: 0x555555559000n + BigInt(int(200_000)) })],
    [20, () => ({ op: 'madvise', ...range(), advice: pick(ADVICES) })],
    [18, () => ({ op: 'write', ...range() })],
    [12, () => ({ op: 'read', ...range() })],
    [4, () => ({ op: 'clear_refs', value: pick([4, 4, 1, 2, 3]) })],
    [3, () => ({ op: 'fork' })],
    [3, () => ({ op: 'switch', process: int(4) })],
    [1, () => ({ op: 'exit' })],
    [18, () => ioctl(range(), pick(IOCTL_COMMANDS), pick([1, 2, 40, 511, 512, 513, 4096]), int(2))],
    [2, () => ({ op: 'pin', addr: range().addr, len: 8192n })],
    [1, () => ({ op: 'unpin', ...range() })],
    [3, () => ({ op: 'reclaim', ...range() })],
    [2, () => ({ op: 'migrate', ...range() })],
    [2, () => ({ op: 'khugepaged' })],
    [1, () => ({ op: 'truncate', len: BigInt(int(3000)) * 4096n })],
    [3, () => ({ op: 'uffd_register', ...range() })],
    [1, () => ({ op: 'uffd_unregister', ...range() })],
    [3, () => ({ op: 'uffd_writeprotect', ...range(), protect: random() < 0.7 })],
    [4, () => scan(range(), int(4), pick([0, 1, 5, 1000]), pick([0, 3, 512]), pick([0, 2, 0x23]))],
  ];
  const total = makers.reduce((sum, [weight]) => sum + weight, 0);
  const steps: Step[] = [{ op: 'mmap', addr: BASE, len: 1024n * 4096n, prot: 'rw', kind: 'anon-private' }];
  for (let count = 40 + int(40); count > 0; count--) {
    let at = random() * total;
    const maker = makers.find(([weight]) => (at -= weight) < 0);
    if (maker !== undefined) steps.push(maker[1]());
  }
  const settings = {
    mode: random() < 0.2 ? ('posted' as const) : ('documented' as const),
    thp: pick(THP_MODES),
    faultAround: pick([4096, 65536]),
    swap: random() < 0.9,
    maxMapCount: random() < 0.1 ? 12 : 65530,
  };
  return { settings, steps };
}

function remap(from: { addr: bigint; len: bigint }, to: { addr: bigint }, dontunmap: boolean): Step {
  return { op: 'mremap', ...from, newLen: from.len, newAddr: to.addr, dontunmap };
}

function ioctl(
  { addr, len }: { addr: bigint; len: bigint },
  cmd: (typeof IOCTL_COMMANDS)[number],
  vecLen: number,
  flags: number,
): Step {
  return { op: 'ioctl', cmd, start: addr, len, vecLen, flags };
}

function scan(
  { addr, len }: { addr: bigint; len: bigint },
  flags: number,
  vecLen: number,
  maxPages: number,
  mask: number,
): Step {
  return {
    ...{ op: 'pagemap_scan', start: addr, end: addr + len, flags: BigInt(flags), vecLen: BigInt(vecLen) },
    ...{ maxPages: BigInt(maxPages), inverted: 0n, mask: BigInt(mask), anyof: 0n, returns: 511n },
  };
}
