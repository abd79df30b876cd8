/**
 * What the simulated engine costs: writes, GET, GET_AND_CLEAR, holes, memory. Beside it, in the same run, the reference model
 * (a map from page to entry, on fewer pages) and, where available, PAGEMAP_SCAN of this machine's own kernel.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PAGE_SIZE } from '#shared/memory/page.ts';
import { DEFAULT_MACHINE, type IoctlCommand } from '../scenarios/steps.ts';
import { BaselineInC } from '../native/bench/baseline-in-c.ts';
import { Machine } from './machine.ts';
import type { SimulatedProcess } from './process.ts';
import { Model } from './reference-model/model.ts';
import { softDirty, type SoftDirtyOp } from './soft-dirty/soft-dirty.ts';
import { VM_READ, VM_WRITE } from './mm/vma-flags.ts';

const PAGES = 2 ** 20;
/** The reference model would need minutes for more. */
const REFERENCE_PAGES = 2 ** 13;
const KERNEL_PAGES = 2 ** 18;
const BASE = 0x10_0000;
const ROUNDS = 15;

/** Best of some rounds, in nanoseconds. */
function fastest(task: () => void, prepare: () => void = () => undefined, rounds = ROUNDS): number {
  let best = Infinity;
  for (let i = 0; i < rounds; i++) {
    prepare();
    const began = process.hrtime.bigint();
    task();
    best = Math.min(best, Number(process.hrtime.bigint() - began));
  }
  return best;
}

function row(label: string, value: number, unit: string, aim: string, ...beside: (string | null)[]): void {
  const figure = `${value.toFixed(value < 10 ? 3 : value < 100 ? 1 : 0)} ${unit}`;
  const others = beside.filter((text) => text !== null).join('   ');
  console.log(`${label.padEnd(38)}${figure.padStart(16)}   aim ${aim.padEnd(10)} ${others}`);
}

const rate = (ns: number, pages: number): number => (pages / ns) * 1000;

function mapped(pages: number): SimulatedProcess {
  const target = new Machine().init;
  target.mmap({ page: BASE, pages, rights: VM_READ | VM_WRITE, kind: 'anon-private' });
  return target;
}

/** Writes every page once, in steps of a prime number. */
function scattered(target: SimulatedProcess): void {
  for (let i = 0, page = 0; i < PAGES; i++) {
    target.write(BASE + page);
    page += 7919;
    if (page >= PAGES) page -= PAGES;
  }
}

function referenceModel(): Model {
  const model = new Model({ ...DEFAULT_MACHINE, thp: 'never' });
  const range = { addr: BigInt(BASE) * BigInt(PAGE_SIZE), len: BigInt(REFERENCE_PAGES) * BigInt(PAGE_SIZE) };
  model.execute({ op: 'mmap', ...range, prot: 'rw', kind: 'anon-private' });
  model.execute({ op: 'write', ...range });
  return model;
}

function referenceIoctl(model: Model, cmd: IoctlCommand): void {
  const len = BigInt(REFERENCE_PAGES) * BigInt(PAGE_SIZE);
  const start = BigInt(BASE) * BigInt(PAGE_SIZE);
  model.execute({ op: 'ioctl', cmd, start, len, vecLen: REFERENCE_PAGES, flags: 0 });
}

function referenceWrite(model: Model, percent: number): void {
  const count = Math.floor((REFERENCE_PAGES * percent) / 100);
  for (let i = 0; i < count; i++) {
    const page = BASE + Math.floor((i * 100) / percent);
    model.execute({ op: 'write', addr: BigInt(page) * BigInt(PAGE_SIZE), len: 1n });
  }
}

function writes(): void {
  let target = mapped(PAGES);
  const fresh = fastest(
    () => target.write(BASE, PAGES),
    () => (target = mapped(PAGES)),
  );
  const reference = fastest(() => referenceModel(), undefined, 1);
  const ratio = `reference model ${rate(reference, REFERENCE_PAGES).toFixed(2)} (${(rate(fresh, PAGES) / rate(reference, REFERENCE_PAGES)).toFixed(0)} times)`;
  row('first writes, in order', rate(fresh, PAGES), 'M pages/s', '≥ 20', ratio);
  const again = fastest(() => target.write(BASE, PAGES));
  row('writes to writable pages, in order', rate(again, PAGES), 'M pages/s', '≥ 20');
  const random = fastest(() => scattered(target));
  row('writes to writable pages, one by one', rate(random, PAGES), 'M pages/s', '≥ 20');
  const tracked = fastest(
    () => target.write(BASE, PAGES),
    () => target.clearRefs(),
  );
  row('writes after a clear, in order', rate(tracked, PAGES), 'M pages/s', '≥ 20');
  const trackedRandom = fastest(
    () => scattered(target),
    () => target.clearRefs(),
  );
  row('writes after a clear, one by one', rate(trackedRandom, PAGES), 'M pages/s', '≥ 20');
}

/** A pass of the operation over all pages with `percent` of them dirty, evenly spread; ns per page. */
function scan(target: SimulatedProcess, op: SoftDirtyOp, percent: number, vec: boolean): number {
  const dirty = (): void => {
    target.clearRefs();
    if (percent === 100) target.write(BASE, PAGES);
    else if (percent > 0) for (let page = 0; page < PAGES; page += 100 / percent) target.write(BASE + page);
  };
  dirty();
  let reported = 0;
  // The caller's buffer, as with the real ioctl.
  const offsets = new Float64Array(PAGES);
  const ns = fastest(
    () => {
      const { runs } = softDirty(target.mm, { op, page: BASE, pages: PAGES, vecLen: PAGES });
      if (vec) runs.offsets(BASE, offsets);
      reported = runs.pages;
    },
    () => {
      if (op !== 'GET') dirty();
    },
  );
  const expected = Math.ceil((PAGES * percent) / 100);
  if (reported !== expected) throw new Error(`${op} reports ${reported} pages of ${expected}`);
  return ns / PAGES;
}

const AIMS = [
  { percent: 0, aim: '≤ 0.2' },
  { percent: 1, aim: '≤ 1' },
  { percent: 100, aim: '≤ 5' },
];

/** The real kernel's get, or get and write-protect, of 1 GiB with `percent` of it written; ns per page. */
async function kernelScan(kernel: BaselineInC, op: SoftDirtyOp, percent: number): Promise<number> {
  const step = percent === 0 ? 0 : 100 / percent;
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    await kernel.prepare(step);
    best = Math.min(best, await (op === 'GET' ? kernel.get() : kernel.clear()));
  }
  return best;
}

async function operations(kernel: BaselineInC | null): Promise<void> {
  const target = mapped(PAGES);
  target.write(BASE, PAGES);
  const model = referenceModel();
  for (const { percent, aim } of AIMS) {
    const clean = (): void => {
      model.execute({ op: 'clear_refs' });
      referenceWrite(model, percent);
    };
    for (const op of ['GET', 'GET_AND_CLEAR'] as const) {
      const runs = scan(target, op, percent, false);
      const vec = scan(target, op, percent, true);
      const reference = fastest(() => referenceIoctl(model, op), clean, 3) / REFERENCE_PAGES;
      const real = kernel === null ? null : await kernelScan(kernel, op, percent);
      const aimed = op === 'GET' ? aim : percent === 100 ? '≤ 8' : '';
      const times = (other: number): string => `${other.toFixed(1)} (${(other / vec).toFixed(1)} times)`;
      const beside = [
        `reference model ${times(reference)}`,
        real === null ? null : `kernel's PAGEMAP_SCAN ${times(real)}`,
      ];
      row(`${op}, ${percent} % dirty, one offset a page`, vec, 'ns/page', aimed, ...beside);
      row(`${op}, ${percent} % dirty, runs`, runs, 'ns/page', aimed);
    }
  }
}

function holes(): void {
  const pages = 2 ** 28;
  const target = mapped(pages);
  target.clearRefs();
  for (let page = 0; page < pages; page += 2 ** 18) target.write(BASE + page);
  const ns = fastest(() => {
    const { ret } = softDirty(target.mm, { op: 'GET', page: BASE, pages, vecLen: pages });
    if (ret !== pages / 2 ** 18) throw new Error(`GET reports ${ret} pages`);
  });
  row('GET of 1 TiB, a page dirty in each GiB', ns / 1e6, 'ms', '< 1');
}

function memory(): void {
  // Garbage of the measurements above would otherwise count as freed here; external memory is freed one collection
  // later.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const pages = 16 * PAGES;
  used();
  const before = used();
  const target = mapped(pages);
  const began = performance.now();
  target.write(BASE, pages);
  const seconds = (performance.now() - began) / 1000;
  const bytes = (used() - before) / pages;
  row('memory, 16 Mi pages written', bytes, 'bytes/page', '≤ 4', `made in ${seconds.toFixed(2)} s`);
  if (target.mm.memory.populated !== pages) throw new Error('not all pages are there');
}

console.log(
  `${PAGES} pages, best of ${ROUNDS}; the reference model on ${REFERENCE_PAGES} pages, the kernel on ${KERNEL_PAGES}`,
);
writes();
const kernel = await BaselineInC.build(KERNEL_PAGES);
await operations(kernel);
kernel?.end();
holes();
memory();
