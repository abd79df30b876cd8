import { describe, expect, it } from 'vitest';
import { addressOfPage } from '#shared/memory/page.ts';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { findVma } from '#shared/memory/vma.ts';
import type { OperationRequest } from '#shared/source/operation.ts';
import { unmarkedPlanes } from '#shared/testing/unmarked-planes.ts';
import { listWorkloads, openSimulated } from './open.ts';
import type { SimulatedSource } from './simulated-source.ts';

const open = (parameters: Record<string, number | string | boolean> = {}, workload = 'game-loop') =>
  openSimulated({ workload, parameters, seed: 42 }, () => 0);

async function sample(source: SimulatedSource, mode: 'hold' | 'interval', elapsed = 0) {
  const tiles = new TileSet();
  const { vmas } = await source.sample({ mode, tiles, state: true, elapsed });
  expect(unmarkedPlanes(tiles)).toEqual([]);
  return { vmas, tiles, written: tiles.runs(Plane.Written) };
}

/** A GET_AND_CLEAR and the like of everything mapped under `name`. */
async function region(source: SimulatedSource, name: string, op: OperationRequest['op'], more = {}) {
  const { vmas } = await sample(source, 'hold');
  const vma = vmas.find((candidate) => candidate.name === name);
  if (!vma) throw new Error(`no ${name}`);
  const pages = vma.end - vma.start;
  const request = {
    op,
    start: addressOfPage(vma.start),
    len: BigInt(pages) * 4096n,
    vecLen: pages,
    flags: 0,
    ...more,
  };
  return { vma, result: await source.operate(request) };
}

describe('SimulatedSource', () => {
  it('runs the steps due for the elapsed time, and none while paused', async () => {
    const source = await open({ speed: 10 });
    await sample(source, 'hold', 250);
    expect(source.progress()).toEqual({ running: true, step: 2 });
    await sample(source, 'hold', 50);
    expect(source.progress().step).toBe(3);
    await source.control('pause');
    await sample(source, 'hold', 1000);
    expect(source.progress()).toEqual({ running: false, step: 3 });
    await source.control('step');
    expect(source.progress().step).toBe(4);
    await source.set('speed', 100);
    await source.control('continue');
    await sample(source, 'hold', 100);
    expect(source.progress().step).toBe(14);
    expect(source.values()).toMatchObject({ speed: 100, thp: 'madvise' });
  });

  it('drops steps that do not fit into the budget, so that they do not pile up', async () => {
    let now = 0;
    // Every reading of the clock is 20 ms later, and half of the 100 ms may be spent: for two steps.
    const clock = (): number => (now += 20);
    const source = await openSimulated(
      { workload: 'game-loop', parameters: { speed: 100 }, seed: 42 },
      clock,
    );
    await sample(source, 'hold', 100);
    expect(source.progress().step).toBe(2);
    await sample(source, 'hold', 1);
    expect(source.progress().step).toBe(2);
  });

  it('reports in mode hold what was written since the last clear of any origin', async () => {
    const source = await open();
    const first = await sample(source, 'hold');
    expect(await sample(source, 'hold')).toEqual(first);
    await source.clearRefs();
    expect((await sample(source, 'hold')).written).toEqual([]);
    await source.control('step');
    const { written } = await sample(source, 'hold');
    expect(written.length).toBeGreaterThan(3);
    expect((await sample(source, 'hold')).written).toEqual(written);
  });

  it('shows in mode interval each write once', async () => {
    const source = await open();
    expect((await sample(source, 'interval')).written.length).toBeGreaterThan(3);
    expect((await sample(source, 'interval')).written).toEqual([]);
    await source.control('step');
    expect((await sample(source, 'interval')).written.length).toBeGreaterThan(3);
    expect((await sample(source, 'interval')).written).toEqual([]);
  });

  it('agrees with the ioctl, page by page', async () => {
    const source = await open();
    await source.clearRefs();
    for (let i = 0; i < 5; i++) await source.control('step');
    const { vmas, tiles } = await sample(source, 'hold');
    for (const vma of vmas.filter(({ tracked }) => tracked)) {
      const result = await source.operate({
        op: 'GET',
        start: addressOfPage(vma.start),
        len: BigInt(vma.end - vma.start) * 4096n,
        vecLen: vma.end - vma.start,
        flags: 0,
      });
      if (!result.ok) throw new Error(result.message);
      const inside = tiles.runs(Plane.Written).flatMap(([from, to]) => {
        const start = Math.max(from, vma.start);
        const end = Math.min(to, vma.end);
        return start < end ? [start, end - start] : [];
      });
      expect([...result.runs], vma.name).toEqual(inside);
    }
  });

  it('shows state: present pages, fresh ones, names and kinds of VMAs', async () => {
    const source = await open();
    const { vmas, tiles } = await sample(source, 'hold');
    const kinds = Object.fromEntries(vmas.map((vma) => [vma.name, vma.kind]));
    expect(kinds).toMatchObject({
      '[heap]': 'heap',
      '[stack]': 'stack',
      '[vvar]': 'special',
      '[anon:textures]': 'anon-private',
      '[anon_shmem:upload ring]': 'anon-shared',
      '/usr/games/skerry': 'file-private',
    });
    const fresh = tiles.count(Plane.Fresh);
    expect(fresh).toBeGreaterThan(100);
    expect(fresh).toBeLessThan(tiles.count(Plane.Written));
    expect(tiles.count(Plane.Written)).toBeLessThanOrEqual(tiles.count(Plane.Present));
    const special = vmas.filter((vma) => vma.kind === 'special');
    expect(special.map((vma) => vma.untracked)).toEqual(
      special.map(() => 'Pages of a device or of the kernel.'),
    );
    for (const [from] of tiles.runs(Plane.Written)) expect(vmas[findVma(vmas, from)].tracked).toBe(true);
  });

  it('gives the same array of VMAs while they do not change', async () => {
    const source = await open();
    const first = (await sample(source, 'hold')).vmas;
    expect((await sample(source, 'hold')).vmas).toBe(first);
    await source.clearRefs();
    const second = (await sample(source, 'hold')).vmas;
    expect(second).not.toBe(first);
    expect(second.every((vma) => !vma.softDirty)).toBe(true);
    expect((await sample(source, 'hold')).vmas).toBe(second);
  });

  it('runs operations with the ioctl’s results', async () => {
    const source = await open();
    const name = '[anon:entity positions]';
    const { vma, result } = await region(source, name, 'GET');
    expect(result).toMatchObject({ ok: true, ret: vma.end - vma.start, next: null, notes: [] });
    expect((await region(source, name, 'GET_AND_CLEAR', { vecLen: 10 })).result).toMatchObject({
      ret: 10,
      runs: new Float64Array([vma.start, 10]),
      next: vma.start + 10,
    });
    expect((await region(source, name, 'CLEAR')).result).toMatchObject({ ok: true, ret: 0 });
    expect((await region(source, name, 'GET')).result).toMatchObject({ ret: 0, runs: new Float64Array(0) });
  });

  it('explains each EINVAL', async () => {
    const source = await open();
    const refused = async (more: object) => (await region(source, '[heap]', 'GET', more)).result;
    expect(await refused({ start: 4097n })).toMatchObject({
      ok: false,
      errno: 'EINVAL',
      message: 'The start address is not page aligned.',
    });
    expect(await refused({ vecLen: 0 })).toMatchObject({
      errno: 'EINVAL',
      message: 'vec_len must be at least 1.',
    });
    expect(await refused({ flags: 2 })).toMatchObject({
      message: 'Unknown flags 0x2; the only one is NO_REUSED_REGIONS, 1.',
    });
    expect(await refused({ len: -1n })).toMatchObject({ message: 'The length is negative.' });
    expect(await refused({ len: 0n })).toMatchObject({ message: 'The length is 0.' });
    expect(await refused({ start: 0xffff_8000_0000_0000n })).toMatchObject({
      message: 'The range ends beyond the user address space.',
    });
  });

  it('shows the posted code’s defects by name, and can be switched back', async () => {
    const source = await open({ mode: 'posted' });
    await source.clearRefs();
    await source.control('step');
    const name = '[anon:entity positions]';
    const { result } = await region(source, name, 'GET', { vecLen: 2 });
    expect(result).toMatchObject({
      notes: [expect.stringMatching(/^Defect B1: the loop over entries ignores/)],
    });
    if (!result.ok) throw new Error(result.message);
    expect(result.ret).toBeGreaterThan(2);
    await source.set('mode', 'documented');
    expect((await region(source, name, 'GET', { vecLen: 2 })).result).toMatchObject({ ret: 2, notes: [] });
  });

  it('takes ranges beyond the ioctl’s int, as documented', async () => {
    const source = await open({}, 'sparse-mapping');
    const { vma, result } = await region(source, '[anon:arena]', 'GET_AND_CLEAR');
    expect(vma.end - vma.start).toBe(2 ** 28);
    expect(result).toMatchObject({ ok: true, ret: 2 ** 28, runs: new Float64Array([vma.start, 2 ** 28]) });
    expect((await region(source, '[anon:arena]', 'GET')).result).toMatchObject({ ret: 0 });
  });

  it('observes a sparse 1 TiB mapping without making tiles for its holes', async () => {
    const source = await open({}, 'sparse-mapping');
    for (let i = 0; i < 20; i++) await source.control('step');
    const { vmas, tiles } = await sample(source, 'interval');
    expect(vmas.find((vma) => vma.name === '[anon:arena]')?.softDirty).toBe(true);
    expect(tiles.size).toBeLessThan(100);
  });

  it('walks to a written page and explains why it counts as written', async () => {
    const source = await open();
    const { vmas } = await sample(source, 'hold');
    const [heap] = vmas.filter((vma) => vma.kind === 'heap');
    const walk = await source.walk(heap.start);
    expect(walk.steps.map(({ level }) => level)).toEqual(['PGD', 'PUD', 'PMD', 'PTE']);
    const address = addressOfPage(heap.start);
    expect(walk.steps.map(({ index }) => index)).toEqual(
      [39n, 30n, 21n, 12n].map((shift) => Number((address >> shift) & 511n)),
    );
    expect(walk.steps[3]).toMatchObject({ bits: ['P', 'RW', 'US', 'A', 'D', 'SD', 'NX'] });
    expect(walk.steps[3].entry).toBe(0x8000_0000_0000_0867n);
    expect(walk.pagemap).toBe((1n << 63n) | (1n << 56n) | (1n << 55n));
    expect(walk.reason).toBe('Written: its page-table entry has the soft-dirty bit.');
    expect(walk.causes.filter(({ holds }) => holds).map(({ title }) => title)).toEqual([
      'Its own entry',
      'Its VMA',
    ]);
    await source.clearRefs();
    const clean = await source.walk(heap.start);
    expect(clean.steps[3].bits).toEqual(['P', 'US', 'A', 'D', 'NX']);
    expect(clean.reason).toMatch(/^Not written since the last clear/);
    expect(clean.causes.some(({ holds }) => holds)).toBe(false);
    expect(clean.events?.map(({ cause, bit }) => `${cause} ${bit}`)).toEqual([
      'clear_refs() cleared',
      'clear_refs() cleared',
    ]);
    expect((await source.walk(1)).reason).toBe('Nothing is mapped at 0x1000.');
  });

  it('walks five levels with LA57', async () => {
    const source = await open({ la57: true });
    const { vmas } = await sample(source, 'hold');
    const walk = await source.walk(vmas[0].start);
    expect(walk.steps.map(({ level }) => level)).toEqual(['PGD', 'P4D', 'PUD', 'PMD', 'PTE']);
  });

  it('shows huge pages as one entry and one bit', async () => {
    const source = await open({}, 'huge-pages');
    await source.control('step');
    const { tiles } = await sample(source, 'hold');
    expect(tiles.count(Plane.Huge)).toBe(512);
    const [[page]] = tiles.runs(Plane.Huge);
    const walk = await source.walk(page + 100);
    expect(walk.steps.map(({ level }) => level)).toEqual(['PGD', 'PUD', 'PMD']);
    expect(walk.steps[2].bits).toContain('PS');
    expect(walk.reason).toBe('Written: its huge page has the soft-dirty bit, one for all 512 pages.');
  });

  it('flags huge pages that were split', async () => {
    const source = await open({ splits: 5 }, 'huge-pages');
    const splits: number[] = [];
    for (let i = 0; i < 30; i++) {
      await source.control('step');
      const { tiles } = await sample(source, 'hold');
      splits.push(new Set(tiles.runs(Plane.Split).map(([page]) => Math.floor(page / 512))).size);
      expect(tiles.count(Plane.Split)).toBeLessThanOrEqual(tiles.count(Plane.Present));
    }
    expect(splits[0]).toBe(0);
    expect(splits.at(-1)).toBeGreaterThan(1);
  });

  it('rejects unknown names and values and changes nothing', async () => {
    await expect(open({}, 'nothing')).rejects.toMatchObject({ kind: 'bad-request' });
    await expect(open({ entities: 0 })).rejects.toThrow('Entities: 0 is not a number from 1 to 1000.');
    await expect(open({ thp: 'maybe' })).rejects.toThrow('"maybe" is not one of always, madvise, never');
    await expect(open({ colour: 1 })).rejects.toThrow('Unknown parameter "colour".');
    const source = await open();
    await expect(source.set('la57', true)).rejects.toMatchObject({ kind: 'bad-request' });
    await expect(source.set('speed', Number.NaN)).rejects.toMatchObject({ kind: 'bad-request' });
    expect(source.values()['speed']).toBe(30);
    await source.close();
    await source.close();
    await expect(sample(source, 'hold')).rejects.toMatchObject({ kind: 'no-source' });
  });

  it('lists workloads that can be opened with their defaults', async () => {
    const { workloads, machine } = listWorkloads();
    expect(workloads).toHaveLength(8);
    expect(machine.map(({ name }) => name)).toEqual(['speed', 'mode', 'thp', 'swap', 'profile', 'la57']);
    for (const { id } of workloads) {
      const source = await open({}, id);
      expect((await sample(source, 'interval', 100)).written.length).toBeGreaterThan(0);
    }
  });
});
