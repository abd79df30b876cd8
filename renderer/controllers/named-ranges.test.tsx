import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NamedRange } from '#shared/ranges/named-range.ts';
import { rangesAt } from './named-ranges.ts';
import { frameOf, vmaOf } from '../testing/memory.ts';
import { fillJsdom, openState, TestWindow } from '../testing/window.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const GAME = '/opt/game';
const image = (base: number) => [
  vmaOf(base, base + 4, { name: GAME, kind: 'file-private', exec: true }),
  vmaOf(base + 4, base + 8, { name: GAME, kind: 'file-private', pgoff: 4 }),
  vmaOf(0x9000, 0x9100, { name: '[heap]', kind: 'heap' }),
];

/** A window with an open program of build `buildId`. @param save fails with this message */
async function opened(buildId: string, save?: () => void): Promise<{ saved: NamedRange[][] }> {
  const saved: NamedRange[][] = [];
  const keep = async (ranges: NamedRange[]): Promise<void> => {
    save?.();
    saved.push(ranges);
    await Promise.resolve();
  };
  Object.assign(window, {
    shell: { namedRanges: () => Promise.resolve(saved.at(-1) ?? []), saveNamedRanges: keep },
  });
  test = new TestWindow({
    'session.state': () => openState({ objects: true }),
    'program.files': () => ({ program: `build:${buildId}`, files: [{ path: GAME, buildId }] }),
  });
  await test.show(null);
  await test.frame(frameOf(image(0x100), []));
  await test.act(() => undefined);
  Object.assign(window, { shell: undefined });
  return { saved };
}
const shown = () =>
  test.model.namedRanges.store
    .getState()
    .all.map(({ range, pages, reason }) => [range.name, pages?.start ?? reason]);

describe('named ranges', () => {
  it('are kept by build id and offset in files, by address elsewhere, and follow the program', async () => {
    const { saved } = await opened('aabb');
    const { namedRanges } = test.model;
    await namedRanges.add('  data ', { start: 0x105, end: 0x107 });
    await namedRanges.add('pool', { start: 0x9010, end: 0x9020 });
    expect(saved.at(-1)?.map(({ name, place, length }) => ({ name, place, length }))).toEqual([
      {
        name: 'data',
        length: '0x2000',
        place: { kind: 'image', path: GAME, buildId: 'aabb', offset: '0x5000' },
      },
      {
        name: 'pool',
        length: '0x10000',
        place: { kind: 'address', program: 'build:aabb', start: '0x9010000' },
      },
    ]);
    expect(shown()).toEqual([
      ['data', 0x105],
      ['pool', 0x9010],
    ]);
    await test.frame(frameOf(image(0x700), []));
    expect(shown()[0]).toEqual(['data', 0x705]);
  });

  it('are found by name, and by page with the largest first', async () => {
    await opened('aabb');
    const { namedRanges } = test.model;
    await namedRanges.add('inner', { start: 0x9012, end: 0x9013 });
    await namedRanges.add('outer', { start: 0x9010, end: 0x9020 });
    expect(namedRanges.find('inner')).toMatchObject({ start: 0x9012_000n, pages: { start: 0x9012 } });
    expect(namedRanges.find('in')).toBeNull();
    const { shown: ranges } = namedRanges.store.getState();
    const names = (page: number) => rangesAt(ranges, page).map(({ range }) => range.name);
    expect([0x900f, 0x9010, 0x9012, 0x901f, 0x9020].map(names)).toEqual([
      [],
      ['outer'],
      ['outer', 'inner'],
      ['outer'],
      [],
    ]);
    // One that is not in the open program has no name to go to.
    await test.frame(frameOf([vmaOf(0x1, 0x2)], []));
    expect(namedRanges.find('inner')).toBeNull();
  });

  it('that cannot be kept are not shown, and the failure is', async () => {
    let isFull = false;
    await opened('aabb', () => {
      if (isFull) throw new Error('No space left on device.');
    });
    const { namedRanges } = test.model;
    await namedRanges.add('data', { start: 0x105, end: 0x107 });
    isFull = true;
    await namedRanges.add('more', { start: 0x105, end: 0x106 });
    expect(shown()).toEqual([['data', 0x105]]);
    expect(namedRanges.store.getState().failure?.message).toContain('No space left');
    await expect(async () => namedRanges.add('a\nb', { start: 1, end: 2 })).rejects.toThrow('one line');
    isFull = false;
    await namedRanges.import('f.csv', 'name,start,length\nx,0x9000000,16\ny,,\nx,0x9000000,16\n');
    expect(namedRanges.store.getState()).toMatchObject({ failure: null, imported: { added: 1, known: 1 } });
    expect(namedRanges.store.getState().imported?.bad).toHaveLength(1);
    const [first] = namedRanges.store.getState().all;
    await namedRanges.rename(first?.range.id ?? '', 'renamed');
    await namedRanges.remove(
      namedRanges.store.getState().all.find((one) => one.range.name === 'x')?.range.id ?? '',
    );
    expect(shown()).toEqual([['renamed', 0x105]]);
  });
});
