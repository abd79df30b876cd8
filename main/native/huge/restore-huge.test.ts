/** Huge pages of a real program: split while it is tracked, restored after detaching. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RestoreProgress } from '#shared/source/huge-restoration.ts';
import { TileSet } from '#shared/memory/tile-set.ts';
import { NativeSource } from '../native-source.ts';
import { HUGE_KIB, HugeProgramBuild, type HugeProgram } from '../testing/huge-program.ts';

const TILES = 24;
let build: HugeProgramBuild;
let program: HugeProgram;
beforeAll(() => void (build = new HugeProgramBuild()));
afterEach(() => program.kill());
afterAll(() => build.remove());

/** Tracks the program until each of its huge pages is split. */
async function watched(): Promise<NativeSource> {
  program = await build.start(TILES);
  const source = await NativeSource.attach(program.pid, { backend: 'write-protect' });
  expect(await program.send('w')).toBe(0);
  await source.sample({ mode: 'interval', tiles: new TileSet(), state: false });
  return source;
}

async function restore(source: NativeSource, isCancelled = () => false) {
  const reports: RestoreProgress[] = [];
  const restoration = await source.detach();
  const result = await restoration?.run((progress) => reports.push(progress), isCancelled);
  return { result, reports };
}

describe('huge pages', () => {
  it('are split by the first write while tracked, counted, and restored after detaching', async () => {
    const source = await watched();
    expect(source.cost().splitHugePages).toBe(TILES);
    const { result, reports } = await restore(source);
    expect(result).toEqual({ pid: program.pid, total: TILES, restored: TILES, failed: 0, end: 'done' });
    expect(reports[0]).toMatchObject({ total: TILES, restored: 0, end: null });
    expect(await program.send('h')).toBe(TILES * HUGE_KIB);
    // Every byte has the program's value.
    expect(await program.send('r')).toBe(TILES * (512 + 1));
  });

  it('that were not split need nothing', async () => {
    program = await build.start(4);
    const source = await NativeSource.attach(program.pid, { backend: 'write-protect' });
    const { result } = await restore(source);
    expect(result).toMatchObject({ total: 0, restored: 0, end: 'done' });
    expect(await program.send('h')).toBe(4 * HUGE_KIB);
  });

  it('that the program freed in part are not restored', async () => {
    const source = await watched();
    await program.send('d');
    await program.send('u');
    const { result } = await restore(source);
    expect(result).toMatchObject({ total: TILES - 2, restored: TILES - 2, failed: 0 });
    expect(await program.send('h')).toBe((TILES - 2) * HUGE_KIB);
  });

  it('stay split if the restoring is cancelled', async () => {
    const source = await watched();
    let asked = 0;
    const { result } = await restore(source, () => ++asked > 3);
    expect(result).toMatchObject({ total: TILES, restored: 3, end: 'cancelled' });
    expect(await program.send('h')).toBe(3 * HUGE_KIB);
  });

  it('of a program that called exec are not searched in its new memory', async () => {
    const source = await watched();
    const restoration = await source.detach();
    await program.exec();
    const result = await restoration?.run(
      () => undefined,
      () => false,
    );
    expect(result).toMatchObject({ restored: 0, end: 'program-ended' });
  });

  it('of a program that ended before detaching are dropped', async () => {
    const source = await watched();
    await program.exec();
    expect(await source.detach()).toBeNull();
  });

  it('are left alone while another tracks the program', async () => {
    const source = await watched();
    const restoration = await source.detach();
    const other = await NativeSource.attach(program.pid, { backend: 'write-protect' });
    const result = await restoration?.run(
      () => undefined,
      () => false,
    );
    await other.close();
    expect(result).toMatchObject({ total: 0, restored: 0, end: 'tracked' });
    expect(await program.send('h')).toBe(0);
  });
});
