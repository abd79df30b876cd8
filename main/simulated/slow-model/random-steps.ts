/** Random sequences of steps for property tests: few places, so that calls meet each other's traces. */
import fc from 'fast-check';
import {
  ADVICES,
  DEFAULT_MACHINE,
  PAGE_CATEGORIES,
  PLACES,
  VEC_PLACES,
  type MachineSettings,
  type Step,
} from '../../scenarios/steps.ts';

const BASE = 0x100000000n;
const PAGE = 4096n;
/** Pages in the arena: 16 MiB, 8 tiles. */
const ARENA = 4096;

export interface Sequence {
  readonly machine: MachineSettings;
  readonly steps: readonly Step[];
}

/** What a sequence is about; each is a different mixture of operations. */
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

/** First pages: anywhere, near the start, and around the borders of tiles. */
function places(topic: Topic): fc.Arbitrary<number> {
  const small = fc.integer({ min: 0, max: 40 });
  const borders = fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: -3, max: 3 }));
  const border = borders.map(([tile, off]) => Math.max(0, tile * 512 + off));
  const tile = fc.integer({ min: 0, max: 7 }).map((index) => index * 512);
  const any = fc.integer({ min: 0, max: ARENA - 1 });
  if (topic === 'small' || topic === 'processes' || topic === 'layout')
    return fc.oneof({ weight: 5, arbitrary: small }, border);
  if (topic === 'huge')
    return fc.oneof({ weight: 4, arbitrary: tile }, { weight: 2, arbitrary: border }, any);
  if (topic === 'files') return fc.oneof(small, tile, border);
  return fc.oneof(small, tile, border, any);
}

function lengths(topic: Topic): fc.Arbitrary<number> {
  const few = fc.integer({ min: 1, max: 20 });
  const tiles = fc.integer({ min: 1, max: 3 }).map((count) => count * 512);
  const any = fc.integer({ min: 1, max: ARENA });
  if (topic === 'small' || topic === 'processes' || topic === 'layout')
    return fc.oneof({ weight: 8, arbitrary: few }, tiles);
  if (topic === 'huge') return fc.oneof({ weight: 4, arbitrary: tiles }, { weight: 2, arbitrary: few }, any);
  if (topic === 'files') return fc.oneof({ weight: 2, arbitrary: few }, tiles);
  return fc.oneof({ weight: 3, arbitrary: few }, tiles, any);
}

interface Range {
  readonly addr: bigint;
  readonly len: bigint;
}

/** Byte ranges; in topic `wild` also such as no program would give. */
function ranges(topic: Topic): fc.Arbitrary<Range> {
  const tame = fc.tuple(places(topic), lengths(topic)).map(([page, pages]) => ({
    addr: BASE + BigInt(page) * PAGE,
    len: BigInt(Math.min(pages, ARENA - page)) * PAGE,
  }));
  if (topic !== 'wild') return tame;
  const odd = fc.record({
    addr: fc.oneof(
      tame.map(({ addr }) => addr + 8n),
      strange(),
      fc.constantFrom(BASE, BASE + 4096n),
    ),
    len: fc.oneof(fc.constantFrom(0n, 1n, 4095n, 4097n), strange(), fc.bigInt({ min: 0n, max: 1n << 26n })),
  });
  return fc.oneof({ weight: 3, arbitrary: tame }, odd);
}

/** Numbers at the borders of what the kernel can take. */
function strange(): fc.Arbitrary<bigint> {
  const around = fc.tuple(
    fc.constantFrom(
      0n,
      1n << 31n,
      1n << 40n,
      1n << 47n,
      1n << 48n,
      1n << 56n,
      1n << 63n,
      (1n << 64n) - 8192n,
    ),
    fc.constantFrom(-8192n, -4096n, -1n, 0n, 1n, 4096n),
  );
  return around
    .map(([base, off]) => (base + off < 0n ? base : base + off))
    .filter((value) => value < 1n << 64n);
}

const prots = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('rw', 'rw', 'r', 'none') },
  { weight: 1, arbitrary: fc.constantFrom('rwx', 'rx', 'x', 'w') },
) as fc.Arbitrary<'rw' | 'r' | 'none' | 'rwx' | 'rx' | 'x' | 'w'>;

function kinds(topic: Topic) {
  const weight = topic === 'files' ? 1 : topic === 'small' ? 3 : 8;
  return fc.oneof(
    { weight, arbitrary: fc.constant('anon-private' as const) },
    {
      weight: topic === 'armed' ? 0 : 3,
      arbitrary: fc.constantFrom('anon-shared' as const, 'file-private', 'file-shared'),
    },
  );
}

const masks = fc.oneof(
  fc.constantFrom(0n, 2n, 4n, 8n, 16n, 0x18n, 0x20n, 0x80n, 0x100n, 3n, 0x82n),
  fc.bigInt({ min: 0n, max: (1n << BigInt(PAGE_CATEGORIES.length)) - 1n }),
);

function steps(topic: Topic): fc.Arbitrary<Step> {
  const range = ranges(topic);
  const page = places(topic).map((at) => BASE + BigInt(at) * PAGE);
  const pages = lengths(topic).map((count) => BigInt(count) * PAGE);
  const flags = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 0, 1) }, fc.constantFrom(2, -1, 4));
  const vecLen = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 3, arbitrary: lengths(topic) },
    { weight: 2, arbitrary: fc.constantFrom(4096, 511, 512, 513, 1024, 0x7fffffff) },
    fc.constantFrom(0, -1),
  );
  const vec = fc.oneof(
    { weight: 30, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...VEC_PLACES) },
  );
  const offBy = fc.oneof({ weight: 6, arbitrary: fc.constant(0n) }, fc.constantFrom(-1n, -4095n, 1n));
  const kind = kinds(topic);
  const all = {
    mmap: fc.tuple(range, prots, kind).map(([at, prot, of]): Step => ({ op: 'mmap', ...at, prot, kind: of })),
    mmapElsewhere: fc
      .tuple(range, prots, kind, fc.constantFrom(...PLACES))
      .map(([at, prot, of, place]): Step => ({ op: 'mmap', ...at, prot, kind: of, place })),
    munmap: range.map((at): Step => ({ op: 'munmap', ...at })),
    mprotect: fc.tuple(range, prots).map(([at, prot]): Step => ({ op: 'mprotect', ...at, prot })),
    mremapHere: fc.tuple(range, pages).map(([at, newLen]): Step => ({ op: 'mremap', ...at, newLen })),
    mremap: fc.tuple(range, pages, page, fc.boolean()).map(([at, newLen, newAddr, same]): Step => ({
      op: 'mremap',
      ...at,
      newLen: same ? at.len : newLen,
      newAddr,
    })),
    mremapKeep: fc
      .tuple(range, page)
      .map(([at, newAddr]): Step => ({ op: 'mremap', ...at, newLen: at.len, newAddr, dontunmap: true })),
    mremapMaybe: fc
      .tuple(range, pages)
      .map(([at, newLen]): Step => ({ op: 'mremap', ...at, newLen, mayMove: true })),
    write: range.map((at): Step => ({ op: 'write', ...at })),
    writeOne: page.map((addr): Step => ({ op: 'write', addr, len: 1n })),
    read: range.map((at): Step => ({ op: 'read', ...at })),
    clearRefs: fc
      .constantFrom(undefined, undefined, 4, 1, 2, 3, 5, 0, 6)
      .map((value): Step => ({ op: 'clear_refs', ...(value === undefined ? {} : { value }) })),
    ioctl: fc
      .tuple(
        fc.constantFrom('GET' as const, 'CLEAR', 'GET_AND_CLEAR', 'GET_AND_CLEAR'),
        range,
        vecLen,
        flags,
        vec,
        offBy,
      )
      .map(([cmd, { addr, len }, limit, flag, where, off]): Step => {
        const wanted = len + off;
        return {
          ...{ op: 'ioctl', cmd, start: addr, len: wanted, vecLen: limit, flags: flag },
          ...(where === undefined ? {} : { vec: where }),
        };
      }),
    advice: (...advices: (typeof ADVICES)[number][]) =>
      fc
        .tuple(range, fc.constantFrom(...advices))
        .map(([at, advice]): Step => ({ op: 'madvise', ...at, advice })),
    view: fc.constantFrom<Step>({ op: 'vmas' }, { op: 'ptes' }, { op: 'hugepages' }),
    pagemap: range.map((at): Step => ({ op: 'pagemap', ...at })),
    fork: fc.constant<Step>({ op: 'fork' }),
    process: fc.oneof(
      fc.integer({ min: 0, max: 3 }).map((process): Step => ({ op: 'switch', process })),
      fc.constant<Step>({ op: 'exit' }),
    ),
    behind: fc
      .tuple(fc.constantFrom('pin' as const, 'unpin', 'reclaim', 'migrate'), range)
      .map(([op, at]): Step => ({ op, ...at })),
    khugepaged: fc.constant<Step>({ op: 'khugepaged' }),
    brk: fc.integer({ min: -2, max: 40 }).map((at): Step => ({ op: 'brk', addr: BASE + BigInt(at * 4096) })),
    truncate: fc
      .integer({ min: 0, max: 60 })
      .map((count): Step => ({ op: 'truncate', len: BigInt(count) * PAGE })),
    uffd: fc
      .tuple(
        fc.constantFrom('uffd_register' as const, 'uffd_register', 'uffd_unregister', 'uffd_writeprotect'),
        range,
      )
      .map(([op, at]): Step => ({ op, ...at })),
    lift: range.map((at): Step => ({ op: 'uffd_writeprotect', ...at, protect: false })),
    scan: fc
      .record({
        at: range,
        flags: fc.constantFrom(0n, 1n, 1n, 3n, 2n),
        vecLen: fc.constantFrom(0n, 1n, 3n, 600n, 10n),
        maxPages: fc.constantFrom(0n, 0n, 1n, 5n, 300n),
        inverted: fc.oneof({ weight: 3, arbitrary: fc.constant(0n) }, masks),
        mask: masks,
        anyof: fc.oneof({ weight: 2, arbitrary: fc.constant(0n) }, masks),
        returns: masks,
      })
      .map(({ at, ...rest }): Step => ({
        op: 'pagemap_scan',
        start: at.addr,
        end: at.addr + at.len,
        ...rest,
      })),
  };
  const weigh = (...pairs: [number, fc.Arbitrary<Step>][]): fc.Arbitrary<Step> =>
    fc.oneof(...pairs.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  const common: [number, fc.Arbitrary<Step>][] = [
    [6, all.mmap],
    [3, all.munmap],
    [5, all.mprotect],
    [2, all.mremap],
    [1, all.mremapHere],
    [8, all.write],
    [3, all.writeOne],
    [4, all.read],
    [1, all.clearRefs],
    [12, all.ioctl],
    [2, all.pagemap],
    [2, all.view],
    [3, all.advice('dontneed', 'hugepage', 'nohugepage')],
  ];
  switch (topic) {
    case 'traces':
      return weigh(
        ...common,
        [1, all.fork],
        [1, all.advice('collapse', 'populate_read', 'populate_write')],
        [1, all.mremapKeep],
      );
    case 'small':
      return weigh(
        ...common,
        [3, all.mmapElsewhere],
        [2, all.mremapKeep],
        [2, all.advice('populate_read', 'populate_write', 'free')],
      );
    case 'huge':
      return weigh(
        ...common,
        [6, all.advice('hugepage', 'collapse', 'collapse', 'free')],
        [2, all.khugepaged],
        [1, all.fork],
        [1, all.process],
      );
    case 'swap':
      return weigh(
        ...common,
        [8, all.advice('pageout', 'free', 'collapse')],
        [6, all.behind],
        [1, all.fork],
        [1, all.process],
      );
    case 'processes':
      return weigh(
        ...common,
        [4, all.fork],
        [6, all.process],
        [3, all.advice('pageout', 'free')],
        [3, all.behind],
      );
    case 'layout':
      return weigh(
        ...common,
        [6, all.mmapElsewhere],
        [5, all.brk],
        [4, all.mremapMaybe],
        [3, all.mremapKeep],
        [1, all.fork],
      );
    case 'armed':
      return weigh(
        ...common,
        [6, all.uffd],
        [1, all.lift],
        [12, all.scan],
        [2, all.advice('guard_install', 'guard_remove')],
        [1, all.behind],
      );
    case 'files':
      return weigh(
        ...common,
        [4, all.truncate],
        [2, all.advice('collapse', 'pageout', 'populate_read')],
        [2, all.mremapHere],
        [1, all.fork],
      );
    case 'wild':
      return weigh(
        ...common,
        [3, all.mmapElsewhere],
        [2, all.mremapMaybe],
        [3, all.advice(...ADVICES)],
        [3, all.behind],
        [2, all.scan],
        [2, all.uffd],
      );
  }
}

const machines = fc.record({
  thp: fc.constantFrom('madvise' as const, 'madvise', 'always', 'never'),
  faultAround: fc.constantFrom(4096, 65536, 16384),
  profile: fc.constantFrom('linux-6.1' as const, 'linux-6.1', 'linux-6.1', 'sticky-merge'),
  swap: fc.constantFrom(true, true, true, false),
  la57: fc.constantFrom(false, false, true),
});

/** Sequences about `topic`, of at most `maxLength` steps, with the whole state shown at the end. */
export function sequences(topic: Topic, maxLength: number): fc.Arbitrary<Sequence> {
  const size = { minLength: 3, maxLength, size: 'max' as const };
  return fc.tuple(machines, fc.array(steps(topic), size)).map(([machine, list]) => ({
    machine: {
      ...DEFAULT_MACHINE,
      ...machine,
      heap: BASE + 4n * PAGE,
      memoryPages: topic === 'wild' ? 6000 : DEFAULT_MACHINE.memoryPages,
      ...(topic === 'small' ? { maxMapCount: 12 } : {}),
    },
    steps: list,
  }));
}

/** Steps that show everything that can be seen of the current process. */
export const SHOW_ALL: readonly Step[] = [
  { op: 'vmas' },
  { op: 'ptes' },
  { op: 'hugepages' },
  { op: 'pagemap', addr: 0n, len: 1n << 57n },
  { op: 'ioctl', cmd: 'GET', start: BASE, len: BigInt(ARENA) * PAGE, vecLen: ARENA, flags: 0 },
  { op: 'ioctl', cmd: 'GET', start: BASE, len: BigInt(ARENA) * PAGE, vecLen: ARENA, flags: 1 },
];
