/** Random steps for property tests, in mixtures of operations. */
import { ADVICES, type Advice, type Step } from '../../scenarios/steps.ts';
import { ARENA, Choice, type Dice, type Topic } from './choice.ts';
import type { Process } from './state.ts';

type Weights = readonly (readonly [number, (choice: Choice) => Step])[];

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
  const unusual = dice.chance(40)
    ? { vec: dice.pick(['null', 'kernel', 'unmapped', 'readonly', 'badarg'] as const) }
    : {};
  return { op: 'ioctl', cmd, start: at.addr, len, vecLen, flags, ...unusual };
};
const view = (choice: Choice): Step => {
  const { dice } = choice;
  if (dice.chance(2)) return { op: 'pagemap', ...choice.range() };
  return { op: dice.pick(['vmas', 'ptes', 'hugepages'] as const) };
};
const processStep = (choice: Choice): Step => {
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
    [1, processStep],
  ],
  swap: [
    ...COMMON,
    [8, advise('pageout')],
    [3, advise('free')],
    [2, advise('collapse')],
    [6, behind],
    [2, fork],
    [3, processStep],
  ],
  processes: [...COMMON, [4, fork], [6, processStep], [3, advise('pageout', 'free')], [3, behind]],
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

/** The step that these numbers choose for a process in its current state. */
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
