/** Mappings with huge pages are left out of registration if that was selected. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from '../native-source.ts';
import { HUGE_KIB, HugeProgramBuild, type HugeProgram } from '../testing/huge-program.ts';

const TILES = 8;
let build: HugeProgramBuild;
let program: HugeProgram;
let source: NativeSource;
beforeAll(() => void (build = new HugeProgramBuild()));
afterEach(async () => {
  await source.close();
  program.kill();
});
afterAll(() => build.remove());

it('keeps the huge pages of a program whose mappings with huge pages are left untracked', async () => {
  program = await build.start(TILES);
  source = await NativeSource.attach(program.pid, { backend: 'write-protect', huge: 'leave' });
  expect(await program.send('w')).toBe(TILES * HUGE_KIB);
  const tiles = new TileSet();
  const { vmas } = await source.sample({ mode: 'interval', tiles, state: true });
  const vma = vmas.find(({ start, end }) => start <= program.firstPage && program.firstPage < end);
  expect(vma).toMatchObject({ tracked: false });
  expect(vma?.untracked).toContain('huge pages');
  // Other memory is tracked: the program printed its answer.
  expect(vmas.filter(({ tracked, write }) => tracked && write).length).toBeGreaterThan(2);
  expect(tiles.runs(Plane.Written).length).toBeGreaterThan(0);
  expect(source.cost().splitHugePages).toBe(0);
  expect(await program.send('w')).toBe(TILES * HUGE_KIB);
});

it('still leaves them when the mapping changes', async () => {
  program = await build.start(TILES);
  source = await NativeSource.attach(program.pid, { backend: 'write-protect', huge: 'leave' });
  // A page is unmapped: one mapping becomes two.
  expect(await program.send('u')).toBe((TILES - 1) * HUGE_KIB);
  await source.sample({ mode: 'interval', tiles: new TileSet(), state: false });
  expect(await program.send('w')).toBe((TILES - 1) * HUGE_KIB);
});

it('compares the contents of mappings with huge pages if that was selected', async () => {
  program = await build.start(TILES);
  source = await NativeSource.attach(program.pid, { backend: 'write-protect', huge: 'compare' });
  const sample = async () => {
    const tiles = new TileSet();
    const { vmas } = await source.sample({ mode: 'interval', tiles, state: true });
    const inside = ([start]: readonly [number, number]) =>
      start >= program.firstPage && start < program.firstPage + TILES * 512;
    return { vmas, written: tiles.runs(Plane.Written).filter(inside) };
  };
  await sample();
  expect((await sample()).written).toEqual([]);
  expect(await program.send('w')).toBe(TILES * HUGE_KIB);
  const { vmas, written } = await sample();
  expect(written).not.toEqual([]);
  const vma = vmas.find(({ start, end }) => start <= program.firstPage && program.firstPage < end);
  expect(vma).toMatchObject({ tracked: true, tracking: 'compared' });
  expect((await sample()).written).toEqual([]);
  expect(source.cost().splitHugePages).toBe(0);
});
